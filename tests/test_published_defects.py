"""
Seven defects that published rule files contain, made again: none of them gets as far as judging a message unnoticed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from itk3_validator.workshop.lint import KINDS, lint

DEFECTS = Path(__file__).parent / "packs" / "defects"

REFUSED, LINTED = "refused when loaded", "linted"

FOUND = {
    "name-without-at": (
        REFUSED,
        [
            "12:75 xpath the element 'value' has no prefix; write @value for the attribute, or f:value for an element",
            "12:91 xpath the element 'value' has no prefix; write @value for the attribute, or f:value for an element",
        ],
    ),
    "name-without-at-but-prefixed": (
        LINTED,
        [
            (
                "12:36 unknown-element an Extension has no element 'url' in FHIR STU3, so it matches nothing; "
                "it is an attribute: write @url"
            ),
        ],
    ),
    "boolean-in-sequence": (
        LINTED,
        [
            f"{place} boolean-in-list a condition is compared here: it is true or false, and none of the values "
            "beside it; compare with each value: @value='a' or @value='b'; "
            'in a rule write one-of: [a, b], or {equals: "true"}'
            for place in ("12:63", "17:43")
        ],
    ),
    "and-or-without-brackets": (
        LINTED,
        [
            (
                "15:9 mixed-and-or 'and' and 'or' are mixed without brackets; 'and' binds tighter, whatever was meant; "
                "put brackets around what belongs together: (A and B) or C, or A and (B or C)"
            )
        ],
    ),
    "undeclared-prefix": (
        REFUSED,
        ["10:42 xpath undeclared prefix 'hir'; declare it under namespaces: or use f: or h:"],
    ),
    "path-without-namespace": (
        REFUSED,
        [
            f"10:{column} xpath the element '{name}' has no prefix; write f:{name}"
            for column, name in (
                (14, "Bundle"),
                (21, "entry"),
                (27, "resource"),
                (36, "MessageHeader"),
                (50, "destination"),
            )
        ],
    ),
    "text-says-the-opposite": (
        LINTED,
        [
            (
                "11:30 text-contradicts-check the message says that the value is 'false'; "
                "the rule fails when it is not; correct the sentence, or the check"
            ),
            (
                "16:32 text-contradicts-check the message says that something is missing; "
                "the rule fails when it is there; correct the sentence, or the check"
            ),
        ],
    ),
    "any-value-matches": (
        LINTED,
        [
            (
                "12:20 any-value-matches $binaries/f:contentType/@value may be there several times, and one of them is "
                "enough for this comparison; ask all with 'each', with 'count: 1..*' beside a verb, "
                "or with not(... != ...)"
            ),
            (
                "16:70 any-value-matches one value of several is enough here, and the text of the rule does not "
                "say so; say it in the text (at least one, among them), or write 'count: 1..*' so that all must hold"
            ),
        ],
    ),
}


def test_every_defect_is_in_the_table():
    """
    Each folder has its line here.
    """
    assert sorted(each.name for each in DEFECTS.iterdir()) == sorted(FOUND)


@pytest.mark.parametrize("name", FOUND)
def test_the_defect_is_found(name):
    """
    It is refused when the pack is loaded, or linted, at its place and with what would do.
    """
    how, expected = FOUND[name]
    linted = lint([DEFECTS / name])
    found = [f"{each.line}:{each.column} {each.code} {each.what}; {each.remedy}" for each in linted.problems]

    assert (found, linted.loads) == (expected, how == LINTED)
    assert {KINDS[each.code].loaded for each in linted.problems} == {how == REFUSED}
