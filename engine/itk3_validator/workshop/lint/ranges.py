"""
Sentences that say from which number to which, beside a list of other numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from itk3_validator.pack.marked import Scalar
from itk3_validator.workshop.lint.asked import Asked
from itk3_validator.workshop.lint.kind import Found
from itk3_validator.workshop.lint.subject import RuleText, Subject

_FROM_TO = re.compile(r"\b([0-9]{3,9})(?: to |-|\u2013)([0-9]{3,9})\b")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def other_range(rule: RuleText, subject: Subject) -> Iterator[Found]:
    """
    A sentence that says from which number to which, beside a range of other numbers.
    """
    lists = [numbers for ask in rule.check if (numbers := _numbers(ask, subject))]
    if len(lists) != 1 or len(rule.check) != 1:
        return
    codes = lists[0]
    digits = {len(str(code)) for code in codes}
    for key in ("text", "remedy"):
        sentence = rule.fields.get(key)
        if not isinstance(sentence, Scalar):
            continue
        text = subject.text(sentence)
        named = [each for each in _FROM_TO.finditer(text.text) if {len(each[1]), len(each[2])} <= digits]
        if named and not any(_is_run(int(each[1]), int(each[2]), codes) for each in named):
            what = f"the {key} names {named[0][0]!r}, but the check demands {min(codes)} to {max(codes)}"
            yield Found(text.at(named[0].start()), what, "correct the sentence, or the check")


def _is_run(low: int, high: int, codes: frozenset[int]) -> bool:
    """
    Whether nothing of a list is left out directly before or behind; one with gaps may be told in several pieces.
    """
    return low in codes and high in codes and low - 1 not in codes and high + 1 not in codes


def _numbers(ask: Asked, subject: Subject) -> frozenset[int]:
    """
    The codes of the list that a check asks for, when all are numbers; of a span of numbers its ends.
    """
    if ask.verb.text != "in" or not isinstance(ask.options, Scalar) or subject.pack is None:
        return frozenset()
    codes = subject.pack.code_lists.get(ask.options.text)
    if codes is None:
        return frozenset()
    if codes.span is not None:
        return frozenset(codes.span)
    return frozenset(map(int, codes.rows)) if all(map(_NUMBER.fullmatch, codes.rows)) else frozenset()
