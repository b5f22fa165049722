"""
Why a step of a path finds nothing: the level, prefix, name or value that the message has instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itk3_validator import stu3, xpath
from itk3_validator.fhir import FHIR, Node, local_name
from itk3_validator.message import value_of
from itk3_validator.pack.safety import Asked, Shown, is_safe
from itk3_validator.references import resolve
from itk3_validator.spelling import closest, shortened
from itk3_validator.value import replace
from itk3_validator.workshop.trying.around import (
    child_named,
    has_attribute,
    higher_up,
    inside,
    names_to,
    same_letters,
    some,
    way_down,
)
from itk3_validator.workshop.trying.trace import Stage, Tracing
from itk3_validator.xpath import Location
from itk3_validator.xpath.tree import Call, Expr, Literal, Number, Operation, Path, Step, Variable


@dataclass(frozen=True, slots=True)
class Near:
    """
    Looks around where a path stopped.

    *show*: every value may be shown. *shown*: those at these locations may be. *around*: where the path leads before
    the predicate that is looked at.
    """

    tracing: Tracing
    show: bool
    shown: Shown
    around: Location = ()

    def why(self, stopped: Stage, within: Sequence[Node]) -> tuple[str, ...]:
        """
        Sentences: what is missing, and what is there instead.
        """
        if isinstance(stopped.part, Variable):
            return self._follow(stopped.part)
        if stopped.is_predicate and not isinstance(stopped.part, Step):
            around = xpath.location(stopped.text.removesuffix(stopped.piece), here=self.around)
            return tuple(replace(self, around=around).predicate(stopped.part, stopped.piece[1:-1], within))
        return tuple(self._step(stopped.part, within)) if isinstance(stopped.part, Step) else ()

    # references that are followed

    def _follow(self, variable: Variable) -> tuple[str, ...]:
        follow = self.tracing.follows.get(variable.name)
        if follow is None:
            return ()
        scope = self.tracing.scope
        said = f"${variable.name} is the resource that {follow.references.text} refers to"
        references = scope.evaluate(follow.references, scope.message.root, {})
        if references:
            problems = dict.fromkeys(resolve(scope.message, each).problem for each in references)
            return (f"{said}, and that reference leads nowhere: {'; '.join(each for each in problems if each)}",)
        tracing = Tracing(scope, follow.references)
        trace = tracing.trace(follow.references.text)
        if trace.stopped is None:
            return (f"{said}, and there is none",)
        inner = Near(tracing, self.show, self.shown).why(trace.stopped, trace.within)
        return (f"{said}; that path stops at {trace.stopped.piece}", *inner)

    # steps

    def _step(self, step: Step, within: Sequence[Node]) -> Iterator[str]:
        elements = [each for each in within if not isinstance(each, str)]
        if within and not elements:
            yield "an attribute or a text has nothing below it"
        elif step.axis == "attribute":
            yield from self._attribute(step, elements)
        elif step.axis == "child" and step.is_name:
            yield from self._child(step, elements)
        elif step.axis == "child":
            yield f"{inside(elements)} is empty"

    def _child(self, step: Step, elements: Sequence[Node]) -> Iterator[str]:
        name, uri = _name(step), self.tracing.query.namespaces.get(step.prefix, "")
        root = self.tracing.scope.message.root
        children = [child for each in elements for child in each] if elements else [root]
        where = f"in {inside(elements)}" if elements else "at the top of the message"
        if not elements and root.tag == (f"{{{uri}}}{name}" if uri else name):
            yield f"the path does not begin at the document; write /{step.test}"
        elif any(local_name(each) == name for each in children):
            yield _other_namespace(step, uri, next(each for each in children if local_name(each) == name))
        elif other := same_letters(name, children):
            yield f"{where} it is written {other}; upper and lower case differ"
        elif any(has_attribute(each, name) for each in elements):
            yield f"{name} is an attribute of {inside(elements)}; write @{name}"
        elif higher := higher_up(name, uri, elements):
            yield f"{name} stands one level higher, in {higher}"
        elif deeper := way_down(name, uri, children):
            levels = "one level" if len(deeper) == 1 else f"{len(deeper)} levels"
            path = "/".join([*(self._written(step, each) for each in deeper), step.test])
            yield f"{name} stands {levels} deeper, in {local_name(deeper[-1])}; write {path}"
        elif spaces := self._elsewhere(step, children):
            yield from spaces
        else:
            yield from _missing(name, where, elements, children)

    def _elsewhere(self, step: Step, children: Sequence[Node]) -> Iterator[str] | None:
        """
        The same name below, in a namespace that has another prefix.
        """
        for prefix, uri in self.tracing.query.namespaces.items():
            way = way_down(_name(step), uri, children) if prefix != step.prefix else ()
            if way:
                path = "/".join([*(self._written(step, each) for each in way), f"{prefix}:{_name(step)}"])
                return iter([f"{_name(step)} stands further down, in the namespace {uri}; write {path}"])
        return None

    def _written(self, step: Step, element: Node) -> str:
        """
        The name of an element, with the prefix of its own namespace.
        """
        uri, name = element.tag.rpartition("}")[0][1:], local_name(element)
        known = self.tracing.query.namespaces
        if known.get(step.prefix, "") == uri:
            return f"{step.prefix}:{name}" if step.prefix else name
        prefix = next((each for each, of in known.items() if of == uri), "")
        return f"{prefix}:{name}" if prefix else name

    def _attribute(self, step: Step, elements: Sequence[Node]) -> Iterator[str]:
        name = _name(step)
        where = inside(elements)
        if any(child_named(each, name) for each in elements):
            yield f"{name} is an element in {where}, not an attribute; write f:{name}/@value"
            return
        if name == "value" and any(child_named(each, "reference") for each in elements):
            yield f"{where} has no value of its own: it is a reference; write f:reference/@value"
            return
        names = sorted({key for each in elements for key in each.attrib})
        near = closest(name, names)
        if near is not None:
            yield f"{where} has no attribute {name}; did you mean @{near}?"
        elif names:
            yield f"{where} has no attribute {name}; it has {some(names)}"
        else:
            yield f"{where} has no attribute"

    # predicates

    def predicate(self, tree: Expr, text: str, within: Sequence[Node]) -> Iterator[str]:
        """
        Why a predicate is true of none of the nodes at *around*.
        """
        if isinstance(tree, Number):
            yield f"there is no number {tree.text}: {_there(within)}"
        elif isinstance(tree, Operation) and set(tree.operators) == {"and"}:
            yield from self._all_of(tree, text, within)
        elif isinstance(tree, Operation) and tree.operators == ("=",):
            yield from self._comparison(tree, text, within)
        elif isinstance(tree, Path):
            yield from self._existence(text, within)
        elif isinstance(tree, Call) and tree.name == "not":
            yield f"{_there(within)}, but [{text}] keeps none"
        else:
            yield f"{_there(within)}, but [{text}] is true of none"

    def _all_of(self, tree: Operation, text: str, within: Sequence[Node]) -> Iterator[str]:
        for operand in tree.operands:
            part = _source(operand, tree, text)
            if not any(self.tracing.holds(part, each) for each in within):
                yield from self.predicate(operand, part, within)
                return
        yield f"{_there(within)}, but none of them fulfils all of [{text}]"

    def _comparison(self, tree: Operation, text: str, within: Sequence[Node]) -> Iterator[str]:
        paths = [each for each in tree.operands if isinstance(each, Path)]
        literals = [each for each in tree.operands if isinstance(each, Literal)]
        if len(paths) != 1 or len(literals) != 1:
            yield f"{_there(within)}, but [{text}] is true of none"
            return
        part, wanted = _source(paths[0], tree, text), literals[0].value
        found = self.tracing.find(part, within)
        if not found:
            yield from self._existence(part, within)
            return
        shown = self.show or is_safe(xpath.location(part, here=self.around), Asked(self.shown)) or _is_url(paths[0])
        if any(not isinstance(each, str) and each.get("value") is not None for each in found):
            yield f"{part} is compared by the text in it, but FHIR holds values in an attribute; write {part}/@value"
            return
        values = list(dict.fromkeys(_value(each) for each in found))
        yield f"{_there(within)}, but not with the {part} '{wanted}'"
        yield from _values(part, wanted, values, show=shown)

    def _existence(self, text: str, within: Sequence[Node]) -> Iterator[str]:
        yield f"{_there(within)}, but not with {text}"
        trace = self.tracing.trace(text, within)
        if trace.stopped is not None:
            yield from self.why(trace.stopped, trace.within)


def _source(operand: Expr, tree: Operation, text: str) -> str:
    """
    The source of a part of a predicate, of which *text* is the source.
    """
    return text[operand.start - tree.start + _lead(text) : operand.end - tree.start + _lead(text)]


def _lead(text: str) -> int:
    return len(text) - len(text.lstrip())


def _name(step: Step) -> str:
    return step.test.rpartition(":")[2]


def _other_namespace(step: Step, wanted: str, there: Node) -> str:
    uri = there.tag.rpartition("}")[0][1:]
    name = local_name(there)
    if not step.prefix and uri == FHIR:
        return f"{name} is there, but elements of FHIR need the prefix f:; write f:{name}"
    space = f"in the namespace {uri}" if uri else "in no namespace"
    return f"{name} is there, but {space}" + (f"; {step.prefix}: stands for {wanted}" if step.prefix else "")


def _missing(name: str, where: str, elements: Sequence[Node], children: Sequence[Node]) -> Iterator[str]:
    names = list(dict.fromkeys(local_name(each) for each in children))
    typed = [each for each in names if name.startswith("value") and each.startswith("value")]
    near = typed[0] if typed else closest(name, names)
    there = f"there is no {name} {where}"
    if near is not None:
        yield f"{there}; did you mean {near}?"
    elif names:
        yield f"{there}; there are {some(names)}" if len(names) > 1 else f"{there}; there is {names[0]}"
    else:
        yield f"{there}; it is empty"
    unknown = stu3.unknown_step([*names_to(elements[0]), name]) if elements else None
    if unknown is not None and unknown.index == len(names_to(elements[0])):
        remedy = f"; {unknown.remedy}" if near is None and unknown.remedy else ""
        yield f"FHIR STU3 has no {name} in {unknown.parent}{remedy}"


def _values(part: str, wanted: str, values: Sequence[str], *, show: bool) -> Iterator[str]:
    if not show:
        yield f"what it is instead may be patient data; --show-values shows it ({_number(len(values), 'value')})"
        return
    if any(each.strip() == wanted.strip() for each in values):
        yield f"{part} is the same but for white space around it"
    elif any(each.casefold() == wanted.casefold() for each in values):
        yield f"{part} is the same but for upper and lower case"
    yield f"{part} is {some([_quoted(each) for each in values])}"


def _is_url(path: Path) -> bool:
    """
    Attributes ``url`` name extensions and are always shown.
    """
    last = path.steps[-1] if path.steps else None
    return last is not None and last.axis == "attribute" and last.test == "url"


def _value(node: Node) -> str:
    value = value_of(node)
    return "" if value is None else value


def _quoted(value: str) -> str:
    return f"'{shortened(value)}'"


def _label(nodes: Sequence[Node]) -> str:
    first = nodes[0] if nodes else None
    if first is None:
        return "it"
    return f"@{first.attrname}" if isinstance(first, str) and first.is_attribute else inside(nodes)  # type: ignore[attr-defined]


def _there(within: Sequence[Node]) -> str:
    return f"{_label(within)} is there {_times(len(within))}"


def _times(number: int) -> str:
    return "once" if number == 1 else "twice" if number == 2 else f"{number} times"


def _number(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
