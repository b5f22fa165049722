r"""
Regular expressions that a rule file may hold: a subset of Python's ``re`` that no value can make slow.

The whole value must match. Allowed are characters, ``.`` (any character, line breaks too), sets such as ``[A-Z0-9]``
and ``[^ ]``, ``\d \w \s`` and their opposites (ASCII only), ``\n \r \t``, a backslash before any other sign, groups
``( )`` and ``(?: )``, ``|``, and the quantifiers ``? * + {4} {1,20} {2,} {,20}``. Not allowed are look-around,
back-references, named, conditional and atomic groups, flags, comments, lazy and possessive quantifiers, and
``^ $ \b``, which the whole match makes needless.

What bounds the work:

- a pattern has at most 500 characters, a count is at most 1,000, there are at most 10 quantifiers without an end;
- nothing that can be empty, and no group with an endless quantifier in it, is repeated;
- the steps counted by ``pattern_cost`` for a value of ``MAX_VALUE`` code points stay under 5 million. In practice: what
  follows an endless quantifier begins with a character that it does not hold (``[^@]+@[^@]+``); one may break this
  when nothing endless comes after it, except ``.*`` or ``.+`` at the very end (``.*-[0-9]{4}``, ``.*foo.*``).
"""

from __future__ import annotations

import re
from functools import lru_cache

from itk3_validator.checks.pattern_cost import check_cost
from itk3_validator.checks.pattern_limits import FLAGS, MAX_VALUE
from itk3_validator.checks.pattern_syntax import PatternProblem, PatternRefused, read_pattern

__all__ = ["MAX_VALUE", "PatternProblem", "compile_pattern", "wrong_pattern"]


@lru_cache(maxsize=500)
def wrong_pattern(pattern: str) -> PatternProblem | None:
    """
    What keeps *pattern* out of the subset: offset in code points, what, remedy. None when it may be used.
    """
    try:
        check_cost(read_pattern(pattern))
        re.compile(pattern, FLAGS)
    except PatternRefused as refused:
        return refused.problem
    except (re.error, OverflowError, RecursionError) as error:
        offset = getattr(error, "pos", None) or 0
        return PatternProblem(offset, "this is not a regular expression", "see docs/rule-language.md, section 4")
    return None


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """
    The pattern, to be used with ``fullmatch`` on values of at most ``MAX_VALUE`` code points.

    Raises:
        ValueError: It is not in the subset; ask ``wrong_pattern`` first.
    """
    problem = wrong_pattern(pattern)
    if problem is not None:
        raise ValueError(f"offset {problem.offset}: {problem.what}; {problem.remedy}")
    return re.compile(pattern, FLAGS)
