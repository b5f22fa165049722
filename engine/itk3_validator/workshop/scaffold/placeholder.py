"""
A first rule to go on from: that something is there which every message of the pack's tests has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from itk3_validator.fhir import FHIR, Node
from itk3_validator.finding import Outcome
from itk3_validator.message import Message, parse
from itk3_validator.pack.model import RulePack, Trial
from itk3_validator.pack.places import RESERVED
from itk3_validator.report.response_codes import SYSTEM
from itk3_validator.value import replace
from itk3_validator.workshop.scaffold.examples import judge
from itk3_validator.workshop.scaffold.text import comment, quoted
from itk3_validator.workshop.trials.prepared import TrialInvalid, prepare

_NAMESPACES = {"f": FHIR}
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Placeholder:
    """
    One rule and the test that makes it fail.

    *target* is a selector's name or an XPath; *xpath* is set when the selector has still to be defined. *passes* is a
    message that keeps the rule, *interaction* the kind of message that this is.
    """

    id: str
    target: str
    xpath: str | None
    label: str
    interaction: str | None
    passes: Trial
    breaks: Trial
    response_code: str | None = None

    def selectors_text(self) -> str:
        if self.xpath is None:
            return ""
        return (
            "selectors:\n"
            + comment("A name for each place that a rule speaks of, in the words of the publication.", indent=2)
            + f"  {self.target}: {self.xpath}\n\n"
        )

    def rule_text(self) -> str:
        lines = [
            f"id: {quoted(self.id)}",
            f"text: {self.label} is present.",
            *([f"for: {self.interaction}"] if self.interaction else []),
            f"check: {{{quoted(self.target)}: present}}",
            f"remedy: Add {self.label}.",
            *([f"response-code: {quoted(self.response_code)}"] if self.response_code else []),
            "source: the page or clause of the publication",
        ]
        body = "".join(f"    {line}\n" for line in lines)
        return f"  - {body[4:]}"


def placeholder(pack: RulePack, identifier: str, passes: Trial) -> Placeholder | None:
    """
    The rule *identifier* for *pack*, on a place that every message of the pack's tests has too.

    It leaves all tests of the pack as they are. None when there is no such place.
    """
    report = judge(pack, passes)
    if report is None:
        return None
    message = parse(prepare(pack, passes).message)
    others = [each for each in (_prepared(pack, trial) for trial in pack.tests) if each is not None]
    known = {_bare(_written_out(pack, name)): name for name, each in pack.selectors.items() if each.xpath}
    for path in _paths(message):
        if not all(_is_there(each, path) for each in others):
            continue
        name = known.get(_bare(path)) or _new_name(pack, path)
        target = name or path
        breaks = replace(passes, name=f"without it {identifier} fails", remove=(f"${name}" if name else path,))
        broken = judge(pack, replace(passes, remove=(path,)))
        if broken is None:
            continue
        own = {rule.id for rule in pack.rules if rule.pack == pack.name}
        failing = tuple(each.id for each in broken.results if each.outcome is Outcome.FAIL and each.id in own)
        expect = {Outcome.FAIL: (*failing, identifier)}
        return Placeholder(
            id=identifier,
            target=target,
            xpath=path if name and name not in pack.selectors else None,
            label=_label(path),
            interaction=report.interaction if report.interaction in pack.interactions else None,
            passes=passes,
            breaks=replace(breaks, expect=expect),
            response_code=_answer(pack, path),
        )
    return None


def _answer(pack: RulePack, path: str) -> str | None:
    """
    The response code that a receiver gives where a rule says none, in a pack that knows these codes.
    """
    if not any(each.system == SYSTEM for each in pack.code_lists.values()):
        return None
    return "20006" if "/f:MessageHeader/" in path else "20009"


def _prepared(pack: RulePack, trial: Trial) -> Message | None:
    try:
        return parse(prepare(pack, trial).message)
    except TrialInvalid:
        return None


def _paths(message: Message) -> Iterator[str]:
    """
    The paths of values that stand once in a message, those near the root first.
    """
    found: list[str] = []
    waiting: list[tuple[Node, str]] = [(message.root, "")]
    while waiting:
        node, above = waiting.pop(0)
        name = etree.QName(node)
        if name.namespace != FHIR or name.localname == "extension" or (above and name.localname == "Bundle"):
            continue
        path = f"{above}/f:{name.localname}"
        if node.get("value", "").strip():
            found.append(path)
        elif path.count("/") < _DEEPEST:
            waiting.extend((child, path) for child in node)
    yield from (path for path in dict.fromkeys(found) if _is_there(message, path))


def _is_there(message: Message, path: str) -> bool:
    found = message.root.xpath(path, namespaces=_NAMESPACES)
    return len(found) == 1 and bool(found[0].get("value", "").strip())


def _label(path: str) -> str:
    names = [step.removeprefix("f:") for step in path.split("/") if step]
    start = max(index for index, name in enumerate(names) if name[0].isupper())
    return ".".join(names[start:])


def _new_name(pack: RulePack, path: str) -> str | None:
    """
    A name for the place that is still free.
    """
    name = _label(path).replace(".", "-")
    return None if name in pack.selectors or name in RESERVED else name


def _written_out(pack: RulePack, name: str, above: tuple[str, ...] = ()) -> str:
    text = pack.selectors[name].expression
    inner = {
        each: _written_out(pack, each, (*above, name))
        for each in re.findall(r"\$([A-Za-z][A-Za-z0-9-]*)", text)
        if each in pack.selectors and pack.selectors[each].xpath and each not in above
    }
    for each, written in inner.items():
        text = re.sub(rf"\${each}(?![A-Za-z0-9-])", f"({written})".replace("\\", r"\\"), text)
    return text


def _bare(path: str) -> str:
    """
    A path without the brackets that do not matter to one without predicates.
    """
    return re.sub(r"[()\s]", "", path)
