"""
Breaks of the verbs that compare a value with what the rule says: ``equals``, ``one-of``, ``none-of``, ``in``, ``row``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from itk3_validator.checks.ask import CodeList
from itk3_validator.checks.verb import Unknown
from itk3_validator.fhir import child_value, children, element_of, local_name
from itk3_validator.message import value_of
from itk3_validator.value import replace
from itk3_validator.workshop.proof.breaks.near import OTHER, misses
from itk3_validator.workshop.proof.doing import doubled, removed, valued
from itk3_validator.workshop.proof.look import Look
from itk3_validator.workshop.proof.mutant import Aspect, Break

_SPAN = re.compile(r"\b([0-9]+) (?:to|-|–|and) ([0-9]+)\b")
_FARTHEST = 2_000


def one_of(look: Look) -> Iterator[Break]:
    """
    ``equals`` and ``one-of``: every near miss of the value that is not itself one of those named; another system.
    """
    yield from refused(look, lambda text: text in look.check.values)
    yield from of_another_system(look)


def none_of(look: Look) -> Iterator[Break]:
    """
    Each value that is named, as it is written and, where it is a word, in small letters and in capitals.

    A word such as None says that nothing is meant, however it is written. White space around it is left out: a value
    with white space at its ends breaks other rules.
    """
    written = [(value, value.lower(), value.upper()) if value.isalpha() else (value,) for value in look.check.values]
    for text in dict.fromkeys(text for each in written for text in each):
        for nodes in look.sets():
            yield valued(nodes, text, f"the value is '{text}'")


def in_list(look: Look) -> Iterator[Break]:
    """
    Near misses; the codes just outside the list; and codes that its code system does not have.
    """
    codes: CodeList = look.check.codes
    yield from refused(look, lambda text: text in codes)
    yield from of_another_system(look)
    value = value_of(look.nodes[0]) or ""
    for words, text in outside(look, codes, value):
        for nodes in look.sets():
            yield valued(nodes, text, words)


def row(look: Look) -> Iterator[Break]:
    """
    Near misses; what other rows say; the key of a row that says something else; and a key that chooses no row.

    Of a key that is missing, there twice or no code of the list another rule has to speak.
    """
    check = look.check
    keys = look.scope.nodes(check.key)
    code = value_of(keys[0]) if not isinstance(keys, Unknown) and len(keys) == 1 else None
    allowed = _cells(check.codes, code or "", check.column)
    if isinstance(keys, Unknown) or not allowed:
        return
    yield from refused(look, lambda text: text in allowed)
    others = [each for key in check.codes.rows for each in _cells(check.codes, key, check.column)]
    for text in [each for each in dict.fromkeys(others) if each not in allowed][:3]:
        yield valued(look.nodes[:1], text, f"the value is '{text}', which belongs to another row")
    value = value_of(look.nodes[0]) or ""
    unlike = [key for key in check.codes.rows if value not in (_cells(check.codes, key, check.column) or (value,))]
    for key in unlike[:1]:
        yield valued(keys, key, f"the key is '{key}', whose row says something else")
    yield replace(valued(keys, OTHER, "the key is no code of the list", Aspect.NUMBER), known=True)
    yield Break("the key is removed", keys[0], Aspect.NUMBER, removed(keys), known=True)
    if not isinstance(keys[0], str):
        yield Break("the key is there twice", keys[0], Aspect.NUMBER, doubled(keys[0]), known=True)


def _cells(codes: CodeList, key: str, column: str) -> tuple[str, ...]:
    cell = codes.rows.get(key, {}).get(column, "")
    return tuple(cell.split("|")) if cell else ()


def refused(look: Look, accepted: Callable[[str], bool]) -> Iterator[Break]:
    """
    Every near miss of the first value; of the last of several, one.
    """
    for number, nodes in enumerate(look.sets()):
        value = value_of(nodes[0]) or ""
        for at, (words, text) in enumerate(misses(value, accepted)):
            if number == 0 or at == 0:
                yield valued(nodes, text, words)


def of_another_system(look: Look) -> Iterator[Break]:
    """
    A code of a Coding whose system becomes another: told here, by ``coding``, or by another rule of the pack.
    """
    codes = [node for node in look.nodes if not isinstance(node, str) and local_name(node) == "code"]
    systems = [system for code in codes for system in children(code.getparent(), "system")]
    if systems:
        what = "the code is of another system"
        yield replace(valued(systems, "https://example.org/another-system", what, Aspect.NUMBER), known=True)


def outside(look: Look, codes: CodeList, value: str) -> Iterator[tuple[str, str]]:
    """
    Codes that are near and not allowed: beyond the ends of the list, of a longer list, and of no list at all.
    """
    for number in _ends(codes):
        if str(number) not in codes:
            yield f"the value is {number}, just outside the list", str(number)
    for other in look.plan.pack.code_lists.values():
        if value in other.rows and other is not codes:
            near = _nearest(list(other.rows), value, codes)
            for code in near:
                yield f"the value is {code}, of {other.name} and not of this list", code
    for low, high in _SPAN.findall(look.text):
        if value.isdigit() and int(low) <= int(value) <= int(high):
            for number in (int(low) - 1, int(high) + 1):
                yield f"the value is {number}, and the rule's text says {low} to {high}", str(number)
    stranger = _stranger(look, codes)
    if stranger is not None:
        yield f"the value is {stranger}, which its code system does not have", stranger


def _ends(codes: CodeList) -> tuple[int, ...]:
    if codes.span is not None:
        return (codes.span[0] - 1, codes.span[1] + 1)
    numbers = sorted(int(code) for code in codes.rows if code.isascii() and code.isdigit() and len(code) < 10)
    return (numbers[0] - 1, numbers[-1] + 1) if numbers and len(numbers) == len(codes.rows) else ()


def _nearest(known: list[str], value: str, codes: CodeList) -> list[str]:
    at = known.index(value)
    before = next((code for code in reversed(known[:at]) if code not in codes), None)
    after = next((code for code in known[at:] if code not in codes), None)
    return [code for code in (before, after) if code is not None]


def _stranger(look: Look, codes: CodeList) -> str | None:
    """
    A code of a span that the code system stated beside the value does not have.
    """
    parent = element_of(look.nodes[0]).getparent()
    system = child_value(parent, "system") if parent is not None else None
    known = [each for each in look.plan.pack.code_lists.values() if system and each.system == system and each.rows]
    if codes.span is None or not known:
        return None
    low, high = codes.span
    numbers = range(high, max(low, high - _FARTHEST) - 1, -1)
    return next((str(number) for number in numbers if not any(str(number) in each for each in known)), None)
