"""
Breaks of the verbs about references: ``refers-to`` and ``references``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itk3_validator.checks.reference import Alternative, profiles
from itk3_validator.fhir import FHIR, Node, child_value, children, element_of, local_name
from itk3_validator.message import value_of
from itk3_validator.references import references_in, resolve
from itk3_validator.workshop.editing.edit import remove_node, repeat_node
from itk3_validator.workshop.proof.doing import valued
from itk3_validator.workshop.proof.look import Look, asks_of
from itk3_validator.workshop.proof.mutant import Break, Copy, Edit

NOBODY = "urn:uuid:00000000-0000-4000-8000-000000000000"
_URN = "urn:uuid:"


def refers_to(look: Look) -> Iterator[Break]:
    """
    A reference that leads nowhere, to the wrong resource, out of its Bundle, to two entries, to a wrong profile.
    """
    for number, nodes in enumerate(look.sets()):
        yield valued(nodes, NOBODY, "the reference leads to an entry that is not there")
        found = resolve(look.scope.message, nodes[0]).targets
        if number or not found:
            continue
        target, value = found[0], value_of(nodes[0]) or ""
        yield from _near(nodes, value)
        yield from _elsewhere(look, nodes, target)
        yield from _of_target(look, target)


def of_targets(look: Look) -> Iterator[Look]:
    """
    The checks of ``where`` on the resource that the first reference points to.
    """
    target = next(iter(resolve(look.scope.message, look.nodes[0]).targets), None)
    for alternative in look.check.alternatives:
        if target is not None and alternative.where is not None and _fits(alternative, target):
            for ask in asks_of(alternative.where):
                inner = look.at(look.scope.at(target), ask)
                if inner is not None:
                    yield inner


def references(look: Look) -> Iterator[Break]:
    """
    Of the references inside each node the first and the last lead nowhere.
    """
    for node in look.nodes:
        inside = [each for each in references_in(node) if not (value_of(each) or "").startswith("http")]
        for reference in dict.fromkeys([*inside[:1], *inside[-1:]]):
            what = f"the reference in {local_name(reference.getparent())} leads to an entry that is not there"
            yield valued((reference,), NOBODY, what)
            yield from _near((reference,), value_of(reference) or "")


def _near(nodes: Sequence[Node], value: str) -> Iterator[Break]:
    if value.startswith(_URN):
        yield valued(nodes, value.removeprefix(_URN), "the reference lacks urn:uuid:")
    yield valued(nodes, f"{value}0", "the reference has a character more at its end")
    yield valued(nodes, f" {value}", "the reference has a space in front")
    yield valued(nodes, f"#{value}", "the reference is one to a contained resource")


def _elsewhere(look: Look, nodes: Sequence[Node], target: Node) -> Iterator[Break]:
    """
    To entries that are of another kind, and to entries of another Bundle.
    """
    bundle = _bundle_of(nodes[0])
    kinds = {each.resource for each in look.check.alternatives}
    names = set()
    for entry in look.scope.message.root.iter(f"{{{FHIR}}}entry"):
        url = child_value(entry, "fullUrl")
        resource = next((each for holder in children(entry, "resource") for each in holder), None)
        if url is None or resource is None or resource is target:
            continue
        inside = entry.getparent() is bundle
        name = local_name(resource) if inside else "another Bundle"
        if name in names or (inside and (None in kinds or name in kinds)):
            continue
        names.add(name)
        said = f"to a {name}" if inside else f"to an entry of {name}"
        yield valued(nodes, url, f"the reference leads {said}")


def _of_target(look: Look, target: Node) -> Iterator[Break]:
    entry = target.getparent().getparent() if target.getparent() is not None else None
    if entry is not None and local_name(entry) == "entry":
        yield Break("the entry that it refers to is removed", entry, edit=_removing([entry]))
        yield Break("the entry that it refers to is there twice", entry, edit=_doubling(entry))
        yield Break("the resource that it refers to is removed", target, edit=_removing([target]))
    if any(each.resource is not None for each in look.check.alternatives):
        yield Break("the resource that it refers to is of another type", target, edit=_renaming(target, "Basic"))
    yield Break("the resource is written with a small letter", target, edit=_renaming(target, _small(target)))
    if all(each.profile is not None for each in look.check.alternatives if _of_type(each, target)):
        yield from _profiles(target)


def _profiles(target: Node) -> Iterator[Break]:
    stated = [each for meta in children(target, "meta") for each in children(meta, "profile")]
    if not stated:
        return
    value = profiles(target)[0]
    yield Break("the resource states no profile", stated[0], edit=_removing(stated))
    for words, text in (
        ("another profile", "https://example.org/StructureDefinition/another"),
        ("the next version of the profile", f"{value[:-1]}9"),
        ("the profile with a character more at its end", f"{value}0"),
        ("the profile with a space at its end", f"{value} "),
        ("the profile in small letters", value.lower()),
    ):
        yield valued(stated, text, f"the resource states {words}")


def _fits(alternative: Alternative, target: Node) -> bool:
    return _of_type(alternative, target) and (alternative.profile is None or alternative.profile in profiles(target))


def _of_type(alternative: Alternative, target: Node) -> bool:
    return alternative.resource in (None, local_name(target))


def _small(target: Node) -> str:
    name = local_name(target)
    return name[:1].lower() + name[1:]


def _removing(nodes: Sequence[Node]) -> Edit:
    def edit(copy: Copy) -> None:
        for twin in [copy.twin(node) for node in nodes]:
            remove_node(twin)

    return edit


def _doubling(node: Node) -> Edit:
    def edit(copy: Copy) -> None:
        repeat_node(copy.twin(node))

    return edit


def _renaming(node: Node, name: str) -> Edit:
    def edit(copy: Copy) -> None:
        copy.twin(node).tag = f"{{{FHIR}}}{name}"

    return edit


def _bundle_of(node: Node) -> Node | None:
    return next(element_of(node).iterancestors(f"{{{FHIR}}}Bundle", f"{{{FHIR}}}bundle"), None)
