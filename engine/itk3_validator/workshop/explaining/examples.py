"""
For each verb a value that passes and what fails, made from the options of a check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from itk3_validator.checks.ask import Ask, CodeList
from itk3_validator.checks.pattern_syntax import Chars, Choice, Repeat, read_pattern
from itk3_validator.checks.patterns import compile_pattern
from itk3_validator.checks.verb import any_of, quoted
from itk3_validator.pack.model import RulePack

_REFERENCE = "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"

# A value of each format, and one that comes near it; no text is wrong for the formats without one.
FORMATTED: Mapping[str, tuple[str, str | None]] = {
    "boolean": ("true", "True"),
    "integer": ("42", "4.2"),
    "decimal": ("3.14", "3,14"),
    "string": ("text", None),
    "uri": ("https://fhir.nhs.uk/Id/nhs-number", "https://fhir.nhs.uk/Id/nhs number"),
    "base64Binary": ("SGVsbG8=", "SGVsbG8"),
    "instant": ("2024-05-01T10:15:00+01:00", "2024-05-01T10:15:00"),
    "date": ("2024-05-01", "01/05/2024"),
    "dateTime": ("2024-05-01T10:15:00+01:00", "2024-05-01T10:15:00"),
    "time": ("10:15:00", "10:15"),
    "code": ("final", " final"),
    "oid": ("urn:oid:2.16.840.1.113883", "2.16.840.1.113883"),
    "id": ("letter-1", "letter_1"),
    "uuid": (_REFERENCE, "53fefa32-fcbb-4ff8-8a92-55ee120877b7"),
    "unsignedInt": ("0", "-1"),
    "positiveInt": ("1", "0"),
    "markdown": ("text", None),
    "nhs-number": ("9990357218", "9990357219"),
    "snomed-ct": ("149951000000107", "149951000000108"),
    "ods-code": ("A83008", "A83 008"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """
    What passes one check, and what fails it.

    Attributes:
        passes: in words; empty where words would only repeat the check.

        fails: in words, each a case of its own.

        value: the value to show in the message; None where the place has no value of its own.

        inside: predicates that say what is to be inside the place: ``[f:code/@value='FA']``.

        wrong: the value of the first case of *fails*, where that is a value.
    """

    passes: str
    fails: tuple[str, ...]
    value: str | None = None
    inside: str = ""
    wrong: str | None = None


def example_of(ask: Ask, pack: RulePack) -> Example | None:
    """
    An example for one check; None for ``test``, which says itself what it demands.
    """
    if ask.verb in _FIXED:
        return _FIXED[ask.verb]
    if ask.verb in _WITH_LISTS:
        return _WITH_LISTS[ask.verb](ask, pack)
    make = _ALONE.get(ask.verb)
    return None if make is None else make(ask)


def _number(ask: Ask) -> tuple[str, ...]:
    """
    What fails for the number of values alone.
    """
    if ask.some:
        return ("no such value among those there are",)
    if ask.count is None:
        return ("missing, empty, or there twice",)
    low, high = ask.count
    return tuple(
        each
        for each in (
            ("missing" if low == 1 else f"fewer than {low}") if low else "",
            f"more than {'one' if high == 1 else high}" if high is not None else "",
            "an empty one",
        )
        if each
    )


def _valued(value: str, wrong: str | None, ask: Ask, display: str | None = None) -> Example:
    fails = (*([quoted(wrong)] if wrong is not None else []), *_number(ask))
    return Example(f"{quoted(value)} is {display}" if display else "", fails, value, wrong=wrong)


def _other(value: str, wrong: Callable[[str], bool]) -> str:
    """
    A value near *value* that is wrong.
    """
    tries = (value.lower(), value.upper(), f"{value}x", value[:-1], f"{value}?", f" {value}", "?")
    return next(each for each in tries if each.strip() and wrong(each))


def _equals(ask: Ask) -> Example:
    opposite = {"true": "false", "false": "true"}.get(ask.options)
    return _valued(ask.options, opposite or _other(ask.options, lambda value: value != ask.options), ask)


def _one_of(ask: Ask) -> Example:
    first = ask.options[0]
    return _valued(first, _other(first, lambda value: value not in ask.options), ask)


def _none_of(ask: Ask) -> Example:
    value = next(each for each in ("821207a9", "another value", "?", "??", "???") if each not in ask.options)
    return Example("any other value", (any_of(ask.options), *_number(ask)), value, wrong=ask.options[0])


def _in(ask: Ask, pack: RulePack) -> Example:
    codes = pack.code_lists[ask.options]
    value = _code(codes)
    return _valued(value, _no_code(codes), ask, codes.display(value))


def _code(codes: CodeList) -> str:
    return str(codes.span[0]) if codes.span is not None else next(iter(codes.rows))


def _no_code(codes: CodeList) -> str:
    last = str(codes.span[1]) if codes.span is not None else list(codes.rows)[-1]
    after = str(int(last) + 1) if last.isascii() and last.isdigit() and len(last) < 18 else last.lower()
    return after if after not in codes else _other(last, lambda value: value not in codes)


def _matches(ask: Ask) -> Example:
    pattern = compile_pattern(ask.options)
    value = "".join(_matching(read_pattern(ask.options)))
    if not value.strip() or not pattern.fullmatch(value):
        return Example(f"a value of the form {ask.options}", _number(ask))
    tries = (f"{value}!", value.swapcase(), f"{value}{value}", value[:-1], f" {value}", "!")
    wrong = next((each for each in tries if each.strip() and not pattern.fullmatch(each)), None)
    return _valued(value, wrong, ask)


_NICE = "A0a1 -"


def _matching(node: Chars | Choice | Repeat) -> Iterator[str]:
    match node:
        case Chars(chars=spans):
            within = (each for each in _NICE if any(low <= ord(each) <= high for low, high in spans))
            yield next(within, chr(spans[0][0]))
        case Choice(branches=(first, *_)):
            for each in first:
                yield from _matching(each)
        case Repeat(body=body, least=least):
            for _ in range(max(least, 1)):
                yield from _matching(body)


def _format(ask: Ask) -> Example:
    return _valued(*FORMATTED[ask.options], ask)


def _length(ask: Ask) -> Example:
    low, high = ask.options
    fails = [f"{_letters(low - 1)}"] if low > 1 else []
    fails += [f"{_letters(high + 1)}"] if high is not None else []
    return Example("", (*fails, *_number(ask)), "x" * max(low, 1) if low <= 40 else None)


def _sha256(ask: Ask) -> Example:
    return Example("", ("the base64 of any other bytes", *_number(ask)), None)


def _letters(number: int) -> str:
    return "one character" if number == 1 else f"{number} characters"


def _coding(ask: Ask, pack: RulePack) -> Example:
    system = ask.options["system"]
    codes = ask.options.get("codes") or (pack.code_lists[ask.options["in"]] if "in" in ask.options else None)
    code = "..." if codes is None else _code(codes) if isinstance(codes, CodeList) else codes[0]
    display = ask.options.get("display") or (codes.display(code) if isinstance(codes, CodeList) else None)
    inside = f"[f:system/@value={_literal(system)}][f:code/@value={_literal(code)}]"
    inside += f"[f:display/@value={_literal(display)}]" if display else ""
    wrong = None if codes is None else _no_code(codes) if isinstance(codes, CodeList) else None
    if wrong is None and isinstance(codes, tuple):
        wrong = _other(code, lambda value: value not in codes)
    fails = [f"the code {quoted(wrong)}"] if wrong is not None else []
    if ask.options.get("display"):
        fails.append("another display")
    return Example("", (*fails, "the code without this system", *_number(ask)), inside=inside)


def _row(ask: Ask, pack: RulePack) -> Example:
    codes, column, key = pack.code_lists[ask.options["of"]], ask.options["column"], ask.options["key"].label
    found = next(((code, row[column]) for code, row in codes.rows.items() if row.get(column)), None)
    if found is None:
        return Example("", _number(ask))
    code, cell = found
    right = cell.split("|")[0]
    wrong = _other(right, lambda value: value not in cell.split("|"))
    passes = f"{quoted(right)} where {key} is {quoted(code)}"
    return Example(passes, (f"{quoted(wrong)} there", *_number(ask)), right)


def _refers_to(ask: Ask) -> Example:
    fails = ["a reference to what is not in the same Bundle"]
    first = ask.options[0]
    if any(each.get("resource") for each in ask.options):
        fails.append("a reference to another resource")
    if first.get("profile"):
        fails.append("a resource without that profile")
    if any("where" in each for each in ask.options):
        fails.append("a resource for which the further checks do not hold")
    return Example("", (*fails, *_number(ask)), _REFERENCE)


def _same_as(ask: Ask) -> Example:
    return Example("", ("any other value", *_number(ask)), "...")


def _count(ask: Ask) -> Example:
    low, high = ask.options
    fails = [f"fewer than {low}" if low > 1 else "none"] if low else []
    fails += [f"more than {'one' if high == 1 else high}" if high else "any"] if high is not None else []
    return Example("", tuple(fails))


def _order(ask: Ask) -> Example:
    return Example("", (f"{ask.options[1]} before {ask.options[0]}",))


_FIXED: Mapping[str, Example] = {
    "present": Example("", ("missing, empty or white space only",), "..."),
    "absent": Example("", ()),
    "unique": Example("", ("one value twice",), "..."),
    "references": Example("", ("a reference to what is not in the Bundle",)),
}
_ALONE: Mapping[str, Callable[[Ask], Example]] = {
    "count": _count,
    "equals": _equals,
    "one-of": _one_of,
    "none-of": _none_of,
    "matches": _matches,
    "format": _format,
    "length": _length,
    "sha256": _sha256,
    "refers-to": _refers_to,
    "same-as": _same_as,
    "order": _order,
}
_WITH_LISTS: Mapping[str, Callable[[Ask, RulePack], Example]] = {"in": _in, "coding": _coding, "row": _row}


def _literal(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"
