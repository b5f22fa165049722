"""
Breaks of the verb ``coding``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itk3_validator.checks.ask import CodeList
from itk3_validator.fhir import FHIR, Node, child_value, children
from itk3_validator.workshop.editing.edit import remove_node, repeat_node
from itk3_validator.workshop.proof.breaks.fixed import outside
from itk3_validator.workshop.proof.breaks.near import misses
from itk3_validator.workshop.proof.look import Look, replace_nodes
from itk3_validator.workshop.proof.mutant import Aspect, Break, Copy, Edit


def coding(look: Look) -> Iterator[Break]:
    """
    Another code or system, each missing and blank, a system twice, code and system in two codings, a wrong display.

    Of a CodeableConcept with several codings the same is done to all, since one that is right is enough.
    """
    for number, nodes in enumerate(look.sets()):
        codings = [coding for node in nodes for coding in children(node, "coding") or [node]]
        code = child_value(codings[0], "code") or ""
        yield from _codes(look, codings, code, few=number > 0)
        if number == 0:
            yield from _systems(look, codings)
            yield from _parts(codings)
            yield from _apart(nodes)
            if look.check.shown is not None:
                for words, text in misses(look.check.shown, lambda _: False):
                    yield _put(codings, "display", text, words.replace("the value", "the display"))


def _codes(look: Look, codings: Sequence[Node], code: str, *, few: bool) -> Iterator[Break]:
    accepted = look.check.codes
    if accepted is None:
        return
    for at, (words, text) in enumerate(misses(code, lambda text: text in accepted)):
        if at == 0 or not few:
            yield _put(codings, "code", text, words.replace("the value", "the code"))
    if few:
        return
    if isinstance(accepted, CodeList):
        beyond = outside(replace_nodes(look, children(codings[0], "code")), accepted, code)
    else:
        beyond = _of_the_same_list(look, accepted, code)
    for words, text in beyond:
        yield _put(codings, "code", text, words.replace("the value", "the code"))


def _of_the_same_list(look: Look, accepted: Sequence[str], code: str) -> Iterator[tuple[str, str]]:
    for known in look.plan.pack.code_lists.values():
        if code in known.rows:
            other = next((each for each in known.rows if each not in accepted), None)
            if other is not None:
                yield f"the value is {other}, another code of {known.name}", other


def _systems(look: Look, codings: Sequence[Node]) -> Iterator[Break]:
    for words, text in misses(look.check.system, lambda _: False):
        yield _put(codings, "system", text, words.replace("the value", "the system"))


def _parts(codings: Sequence[Node]) -> Iterator[Break]:
    for name in ("code", "system"):
        yield Break(f"the {name} is removed", codings[0], edit=_dropping(codings, name))
        yield _put(codings, name, "", f"the {name} is empty", Aspect.EMPTY)
        yield _put(codings, name, " ", f"the {name} is a space", Aspect.EMPTY)
        yield Break(f"the {name} is there twice", codings[0], Aspect.NUMBER, _doubling(codings, name))


def _apart(nodes: Sequence[Node]) -> Iterator[Break]:
    """
    The system in one coding and the code in another.
    """
    concepts = [node for node in nodes if children(node, "coding")]
    if not concepts:
        return

    def edit(copy: Copy) -> None:
        for concept in concepts:
            for coding in children(copy.twin(concept), "coding"):
                other = repeat_node(coding)
                for part in children(coding, "code"):
                    remove_node(part)
                for part in children(other, "system"):
                    remove_node(part)

    yield Break("system and code stand in two codings", concepts[0], edit=edit)


def _put(codings: Sequence[Node], name: str, text: str, what: str, aspect: Aspect = Aspect.VERB) -> Break:
    def edit(copy: Copy) -> None:
        for coding in codings:
            twin = copy.twin(coding)
            for part in children(twin, name) or [_new(twin, name)]:
                part.set("value", text)

    return Break(what, codings[0], aspect, edit)


def _new(coding: Node, name: str) -> Node:
    part = coding.makeelement(f"{{{FHIR}}}{name}")
    coding.append(part)
    return part


def _dropping(codings: Sequence[Node], name: str) -> Edit:
    def edit(copy: Copy) -> None:
        for coding in codings:
            for part in children(copy.twin(coding), name):
                remove_node(part)

    return edit


def _doubling(codings: Sequence[Node], name: str) -> Edit:
    def edit(copy: Copy) -> None:
        for coding in codings:
            for part in children(copy.twin(coding), name)[:1]:
                repeat_node(part)

    return edit
