"""
The rule language a second time, from docs/rule-language.md: one XPath a question, nothing remembered, nothing clever.

It shares the model of a pack with the engine, and lxml; not the plan, the scope, the evaluation, or what is
remembered of messages. Where the two say different things, one of them is wrong, and the documentation says which.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import elementpath
from elementpath.xpath30 import XPath30Parser

from itk3_validator.checks.ask import AnyOf, Ask, Checks, CodeList, Range, Target
from itk3_validator.finding import Outcome
from itk3_validator.pack.model import Rule, RulePack
from reference_formats import HOLDS
from reference_message import (
    FHIR,
    Node,
    is_there,
    name_of,
    references_in,
    targets_of,
    value_of,
    values_below,
)

PASS, FAIL, UNDECIDED, ERROR = Outcome.PASS, Outcome.FAIL, Outcome.UNDECIDED, Outcome.ERROR
NOTHING = Outcome.NOT_APPLICABLE

ALL = (ERROR, FAIL, UNDECIDED, PASS, NOTHING)
ONE = (ERROR, PASS, UNDECIDED, FAIL, NOTHING)
CONDITIONS = (ERROR, FAIL, NOTHING, UNDECIDED, PASS)

LONGEST = 65_536
ABOUT_NODES = ("present", "absent", "count", "unique")
ABOUT_A_NODE = ("coding", "order", "references")


class Unknown(Exception):
    """
    What is asked cannot be known; *outcome* is what comes of that.
    """

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


@dataclass(frozen=True)
class View:
    """
    One message as the checks see it: *context* is what ``./`` begins at.
    """

    pack: RulePack
    root: Node
    context: Node
    facts: Mapping[str, str]
    request: Node | None

    def fact(self, name: str) -> str:
        if name not in self.facts:
            raise Unknown(self.pack.facts[name].unstated)
        return self.facts[name]

    def nodes(self, target: Target) -> list[Node]:
        if target.of_request:
            if self.request is None:
                raise Unknown(UNDECIDED)
            other = replace(self, root=self.request, context=self.request, request=None)
            return other.find(target.xpath)
        return self.find(target.xpath)

    def find(self, text: str) -> Any:
        return self.context.xpath(
            written_out(text, self.pack), namespaces=dict(self.pack.namespaces), **self.variables(text)
        )

    def variables(self, text: str) -> dict[str, Any]:
        """
        The facts and the resources that references point to, by the names of the variables that stay in an XPath.
        """
        variables: dict[str, Any] = {}
        for name in names_in(written_out(text, self.pack)):
            if name.startswith("fact."):
                variables[name] = self.fact(name.removeprefix("fact."))
            elif name in self.pack.selectors:
                variables[name] = self.followed(self.pack.selectors[name].follow or "")
        return variables

    def followed(self, references: str) -> list[Node]:
        at_root = replace(self, context=self.root)
        found = [target for node in at_root.find(references) for target in targets_of(node)[0]]
        return [each for each in self.root.iter() if any(each is one for one in found)]


VARIABLE = re.compile(r"""'[^']*'|"[^"]*"|\$([A-Za-z][A-Za-z0-9.-]*)""")


def names_in(text: str) -> list[str]:
    return [each[1] for each in VARIABLE.finditer(text) if each[1]]


def written_out(text: str, pack: RulePack) -> str:
    """
    An XPath with ``(its XPath)`` in the place of every selector, but for those that follow references.
    """

    def written(match: re.Match[str]) -> str:
        selector = pack.selectors.get(match[1] or "")
        return match[0] if selector is None or selector.xpath is None else f"({written_out(selector.xpath, pack)})"

    return VARIABLE.sub(written, text)


def outcomes(
    pack: RulePack, root: Node, *, interaction: str, facts: Mapping[str, str], request: Node | None = None
) -> dict[str, Outcome]:
    """
    Requirement id to outcome, for every rule of a pack that is no draft.
    """
    known = {
        name: value
        for name, value in facts.items()
        if name in pack.facts and (not pack.facts[name].values or value in pack.facts[name].values)
    }
    view = View(pack, root, root, known, request)
    return {rule.id: outcome(rule, view, interaction) for rule in pack.rules if rule.status != "draft"}


def outcome(rule: Rule, view: View, interaction: str) -> Outcome:
    if rule.interactions and interaction not in rule.interactions:
        return NOTHING
    apart = rule.each is not None
    once = tuple(each for each in rule.when if not (apart and is_relative(each)))
    by_node = tuple(each for each in rule.when if apart and is_relative(each))
    applies = first(CONDITIONS, [condition(once, view), *(given(*each, view) for each in rule.given.items())])
    if applies is not PASS:
        return NOTHING if applies is FAIL else applies
    return guarded(lambda: of_rule(rule, by_node, view))


def of_rule(rule: Rule, when: Checks, view: View) -> Outcome:
    if rule.each is None:
        return all_of(rule.check, view)
    views = [replace(view, context=node) for node in view.nodes(rule.each.target)]
    applies = [condition(when, each) for each in views]
    found = [
        all_of(rule.check, each) if chosen is PASS else chosen
        for each, chosen in zip(views, applies, strict=True)
        if chosen not in (FAIL, NOTHING)
    ]
    if rule.each.count is not None and not within(rule.each.count, len(found)):
        found.append(FAIL)
    return first(ALL, found)


def first(order: Sequence[Outcome], found: Sequence[Outcome]) -> Outcome:
    return next((each for each in order if each in found), NOTHING)


def guarded(ask: Callable[[], Outcome]) -> Outcome:
    try:
        return ask()
    except Unknown as unknown:
        return unknown.outcome
    except Exception:  # noqa: BLE001 - a rule that could not be run is an error
        return ERROR


def given(name: str, allowed: Sequence[str], view: View) -> Outcome:
    return guarded(lambda: PASS if view.fact(name) in allowed else FAIL)


def condition(checks: Checks, view: View) -> Outcome:
    return guarded(lambda: all_of(checks, view, anyone=True)) if checks else PASS


def is_relative(check: Ask | AnyOf) -> bool:
    """
    Whether a check of ``when`` is about the node of ``each``.
    """
    if isinstance(check, AnyOf):
        return any(is_relative(each) for branch in check.branches for each in branch)
    if check.target is None:
        return bool(check.options["relative"])
    options = check.options.values() if isinstance(check.options, Mapping) else ()
    return check.target.relative or any(isinstance(each, Target) and each.relative for each in options)


def all_of(checks: Checks, view: View, *, anyone: bool = False) -> Outcome:
    return first(CONDITIONS if anyone else ALL, [of_check(each, view, anyone=anyone) for each in checks])


def of_check(check: Ask | AnyOf, view: View, *, anyone: bool) -> Outcome:
    if isinstance(check, AnyOf):
        return first(ONE, [all_of(branch, view, anyone=anyone) for branch in check.branches])
    try:
        return of_ask(check, view, anyone=anyone)
    except Unknown as unknown:
        return unknown.outcome


def of_ask(ask: Ask, view: View, *, anyone: bool) -> Outcome:
    if ask.target is None:
        return PASS if is_true(ask.options, view) else FAIL
    nodes = view.nodes(ask.target)
    if ask.verb in ABOUT_NODES:
        return about_nodes(ask, nodes, anyone=anyone)
    if ask.count is not None and not within(ask.count, len(nodes)):
        return FAIL
    if not nodes:
        return NOTHING if ask.count is not None and not anyone else FAIL
    if ask.count is None and not anyone and not ask.some and len(nodes) > 1:
        return FAIL
    return first(ONE if anyone or ask.some else ALL, [of_node(ask, node, view) for node in nodes])


def within(span: Range, number: int) -> bool:
    return span.low <= number and (span.high is None or number <= span.high)


def is_true(options: Mapping[str, Any], view: View) -> bool:
    text = options["written"]
    if options["version"] == "1.0":
        return bool(view.find(f"boolean({text})"))
    parser = elementpath.XPath2Parser if options["version"] == "2.0" else XPath30Parser
    at_root = replace(view, context=view.root)
    variables = {
        name: view.fact(name.removeprefix("fact.")) if name.startswith("fact.") else at_root.find(f"${name}")
        for name in names_in(text)
    }
    return bool(
        elementpath.select(
            view.root.getroottree(),
            f"boolean({text})",
            namespaces=dict(view.pack.namespaces),
            parser=parser,
            item=view.context,
            variables=variables,
        )
    )


def about_nodes(ask: Ask, nodes: list[Node], *, anyone: bool) -> Outcome:
    if ask.verb == "absent":
        return FAIL if nodes else PASS
    if ask.verb == "count":
        return PASS if within(ask.options, len(nodes)) else FAIL
    if ask.verb == "present":
        there = [is_there(node) for node in nodes]
        return PASS if any(there) and (anyone or all(there)) else FAIL
    values = [value for node in nodes if (value := value_of(node)) is not None and value.strip()]
    if not values:
        return NOTHING
    return PASS if len(set(values)) == len(values) else FAIL


def of_node(ask: Ask, node: Node, view: View) -> Outcome:
    try:
        if ask.verb in ABOUT_A_NODE:
            return ABOUT[ask.verb](ask.options, node, view)
        value = value_of(node)
        if value is None or not value.strip():
            return FAIL
        if ask.verb == "refers-to":
            return refers_to(ask.options, node, view)
        return ABOUT[ask.verb](ask.options, value, view)
    except Unknown as unknown:
        return unknown.outcome


def says(holds: object) -> Outcome:
    return PASS if holds else FAIL


def is_code(code: str, codes: CodeList) -> bool:
    if codes.span is None:
        return code in codes.rows
    low, high = codes.span
    return bool(re.fullmatch("0|[1-9][0-9]*", code)) and len(code) < 20 and low <= int(code) <= high


def matches(pattern: str, value: str, view: View) -> Outcome:
    if len(value) > LONGEST:
        return ERROR
    return says(re.fullmatch(pattern, value, re.ASCII | re.DOTALL) is not None)


def row(options: Mapping[str, Any], value: str, view: View) -> Outcome:
    keys = view.nodes(options["key"])
    key = value_of(keys[0]) if len(keys) == 1 else None
    cell = view.pack.code_lists[options["of"]].rows.get(key or "", {}).get(options["column"], "")
    return says(value in cell.split("|")) if cell else NOTHING


def same_as(options: Mapping[str, Any], value: str, view: View) -> Outcome:
    if "fact" in options:
        return says(value == view.fact(options["fact"]))
    others = view.nodes(options["target"])
    other = value_of(others[0]) if len(others) == 1 else None
    if other is None or not other.strip():
        return UNDECIDED if options["target"].of_request else FAIL
    return says(value == other)


def coding(options: Mapping[str, Any], node: Node, view: View) -> Outcome:
    return says(any(is_coding(options, each, view) for each in node.findall(f"{FHIR}coding") or [node]))


def is_coding(options: Mapping[str, Any], node: Node, view: View) -> bool:
    systems, codes, displays = (values_below(node, f"f:{name}") for name in ("system", "code", "display"))
    if systems != [options["system"]] or len(codes) != 1 or len(displays) > 1 or not (codes[0] or "").strip():
        return False
    if "in" in options and not is_code(codes[0] or "", view.pack.code_lists[options["in"]]):
        return False
    if "codes" in options and codes[0] not in options["codes"]:
        return False
    return "display" not in options or displays == [options["display"]]


def order(names: Sequence[str], node: Node, view: View) -> Outcome:
    found = [names.index(name_of(child)) for child in node if name_of(child) in names]
    return says(found == sorted(found)) if found else NOTHING


def references(_: str, node: Node, view: View) -> Outcome:
    asked = references_in(node)
    return says(all(targets_of(each)[1] for each in asked)) if asked else NOTHING


def refers_to(alternatives: Sequence[Mapping[str, Any]], node: Node, view: View) -> Outcome:
    targets, resolves = targets_of(node)
    if not resolves:
        return FAIL
    return first(ONE, [is_alternative(each, targets[0], view) for each in alternatives])


def is_alternative(alternative: Mapping[str, Any], target: Node, view: View) -> Outcome:
    if alternative.get("resource") not in (None, name_of(target)):
        return FAIL
    if "profile" in alternative and alternative["profile"] not in values_below(target, "f:meta/f:profile"):
        return FAIL
    found = all_of(alternative.get("where", ()), replace(view, context=target))
    return PASS if found is NOTHING else found


def sha256_of(value: str) -> str:
    return hashlib.sha256(base64.b64decode("".join(value.split()))).hexdigest()


ABOUT: Mapping[str, Callable[[Any, Any, View], Outcome]] = {
    "equals": lambda text, value, view: says(value == text),
    "one-of": lambda texts, value, view: says(value in texts),
    "none-of": lambda texts, value, view: says(value not in texts),
    "in": lambda name, value, view: says(is_code(value, view.pack.code_lists[name])),
    "matches": matches,
    "format": lambda name, value, view: says(HOLDS[name](value)),
    "length": lambda span, value, view: says(within(span, len(value))),
    "sha256": lambda digests, value, view: says(HOLDS["base64Binary"](value) and sha256_of(value) in digests),
    "row": row,
    "same-as": same_as,
    "coding": coding,
    "order": order,
    "references": references,
}
