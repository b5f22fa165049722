"""
Which regular expressions a rule file may hold, and that none of those can be made slow.
"""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itk3_validator.checks import pattern_cost
from itk3_validator.checks.pattern_syntax import Chars, PatternRefused, Repeat, read_pattern
from itk3_validator.checks.patterns import MAX_VALUE, PatternProblem, compile_pattern, wrong_pattern

ITSELF = "for the character itself"
PLAIN = "write a plain group: (...)"
NESTED = (
    "this repeats a group in which something is already repeated without an end",
    "give the inner quantifier an end, as in {1,20}",
)
TWO_WAYS = (
    "this repeats a group that can match the same text in more than one way",
    "let the choices in it begin with different characters",
)
EMPTY = ("this repeats something that can be empty", "make it match one character at least")
GOES_BACK = (
    "this can also match what follows it, so a long value would take too long",
    "let what follows begin with a character that this does not hold, or give it a smaller end, as in {1,20}",
)

EVIL = {
    "(a+)+": (4, *NESTED),
    "([a-z]+)*": (8, *NESTED),
    "(.*)*": (4, *NESTED),
    "(x+x+)+y": (6, *NESTED),
    "((a*)?b){2}": (8, *NESTED),
    "(a|a)*": (5, *TWO_WAYS),
    "(a|ab)*c": (6, *TWO_WAYS),
    "(a|b|ab)*": (8, *TWO_WAYS),
    "(.|a)+": (5, *TWO_WAYS),
    "(a{1,100}){1,100}": (10, *TWO_WAYS),
    "(a{1,2}){30}b": (8, *TWO_WAYS),
    r"(\d|[0-9]){40}": (10, *TWO_WAYS),
    "(a?){30}a{30}": (4, *EMPTY),
    "(a?b?)*": (6, *EMPTY),
    "a*a*a*a*a*b": (1, *GOES_BACK),
    "a*a*b": (1, *GOES_BACK),
    r"\d+\d+": (2, *GOES_BACK),
    r"\s*\s*x": (2, *GOES_BACK),
    ".*a.*b": (1, *GOES_BACK),
    "[a-z]*b?[a-z]*": (5, *GOES_BACK),
    "(.*)a(.*)b": (0, *GOES_BACK),
    "a{0,1000}a{0,1000}a{0,1000}b": (1, *GOES_BACK),
    "a?" * 30 + "a" * 30: (1, *GOES_BACK),
    "".join(f"{each}*" for each in "abcdefghijk"): (
        21,
        "there are more than 10 quantifiers without an end",
        "give some of them an end, as in {1,20}",
    ),
    "(" + "a" * 80 + ")*": (
        82,
        "a long value would take too long here",
        "repeat less, as in {1,20}, or leave parts out",
    ),
}

OUTSIDE = {
    "": (0, "nothing stands here to be matched", "write what the value looks like"),
    "a||b": (2, "nothing stands here to be matched", "write '?' behind a group to make it optional"),
    "x()": (2, "nothing stands here to be matched", "write '?' behind a group to make it optional"),
    "(?=a)": (0, "look-ahead is not allowed", PLAIN),
    "(?!a)b": (0, "look-ahead is not allowed", PLAIN),
    "(?<=a)b": (0, "look-behind is not allowed", PLAIN),
    "(?<!a)b": (0, "look-behind is not allowed", PLAIN),
    "(?P<x>a)": (0, "a named group is not allowed", PLAIN),
    "(a)(?P=x)": (3, "a back-reference is not allowed", PLAIN),
    "(?>a)": (0, "an atomic group is not allowed", PLAIN),
    "(a)(?(1)b)": (3, "a conditional group is not allowed", PLAIN),
    "(?#x)a": (0, "a comment is not allowed", PLAIN),
    "(?i)a": (0, "a flag inside the pattern is not allowed", PLAIN),
    "(?i:a)": (0, "a flag inside the pattern is not allowed", PLAIN),
    r"(a)\1": (3, "a back-reference is not allowed", "write out what may stand there"),
    "a*?": (2, "a lazy quantifier is not allowed", "leave out this '?'"),
    "a{2}?": (4, "a lazy quantifier is not allowed", "leave out this '?'"),
    "a*+": (2, "a possessive quantifier is not allowed", "leave out this '+'"),
    "a**": (2, "two quantifiers stand side by side", "leave out one of them"),
    "a{2}{3}": (4, "two quantifiers stand side by side", "leave out one of them"),
    "*a": (0, "'*' has nothing before it to repeat", rf"write \* {ITSELF}"),
    "(+)": (1, "'+' has nothing before it to repeat", rf"write \+ {ITSELF}"),
    "{3}": (0, "'{' has nothing before it to repeat", rf"write \{{ {ITSELF}"),
    "a]": (1, "']' stands alone", rf"write \] {ITSELF}"),
    "a}": (1, "'}' stands alone", rf"write \}} {ITSELF}"),
    "^3": (0, "'^' is not needed", "leave it out: the whole value must match"),
    "3$": (1, "'$' is not needed", "leave it out: the whole value must match"),
    r"\bx": (0, r"'\b' is not allowed", "leave it out: the whole value must match"),
    r"x\Z": (1, r"'\Z' is not allowed", "leave it out: the whole value must match"),
    r"\p{L}": (0, r"'\p' is not known", r"known are \d \w \s \D \W \S \n \r \t"),
    r"[\é]": (1, r"'\é' is not known", r"known are \d \w \s \D \W \S \n \r \t"),
    "a\\": (1, "the pattern ends in a backslash", rf"write \\ {ITSELF}"),
    "a(b": (1, "a ')' is missing for the '(' here", rf"write \( {ITSELF}"),
    "a)b": (1, "a '(' is missing for the ')' here", rf"write \) {ITSELF}"),
    "a[bc": (1, "a ']' is missing for the '[' here", rf"write \[ {ITSELF}"),
    "[]a]": (1, "']' cannot stand here inside a set", rf"write \] {ITSELF}"),
    "[a[b]": (2, "'[' cannot stand here inside a set", rf"write \[ {ITSELF}"),
    "[+--]": (3, "'--' cannot stand inside a set", rf"write \- {ITSELF}"),
    "[a&&b]": (2, "'&&' cannot stand inside a set", "write '&' once"),
    "[z-a]": (1, "the range runs backwards", "put the smaller character first"),
    r"[\d-z]": (1, "a range goes from one character to another", rf"write \- {ITSELF}"),
    r"[^\d\D]": (0, "no character is in this set", "write what may stand there"),
    "a{x}": (1, "'{' begins no count such as {4} or {1,20}", rf"write \{{ {ITSELF}"),
    "a{,}": (1, "'{' begins no count such as {4} or {1,20}", rf"write \{{ {ITSELF}"),
    "a{٣}": (1, "'{' begins no count such as {4} or {1,20}", rf"write \{{ {ITSELF}"),
    "a{3": (1, "'{' begins no count such as {4} or {1,20}", rf"write \{{ {ITSELF}"),
    "a{2,1}": (1, "the count allows nothing", "put the smaller number first"),
    "a{0}": (1, "the count allows nothing", "put the smaller number first"),
    "a{1001}": (1, "a count is at most 1,000", "use the verb 'length' beside 'matches'"),
    "a{" + "9" * 90 + "}": (1, "a count is at most 1,000", "use the verb 'length' beside 'matches'"),
    "a" * 501: (500, "the pattern is longer than 500 characters", "use a code list, or several checks"),
    "(" * 21 + "a" + ")" * 21: (20, "groups are nested more than 20 deep", "use fewer groups"),
}

GOOD = {
    "3[0-9]{4}": ("30001", "3000", "30001\n"),
    "[A-Z0-9]{3,10}": ("RR8", "rr8"),
    "urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": (
        "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7",
        "urn:uuid:",
    ),
    "https?://[^ ]+": ("https://fhir.nhs.uk", "ftp://x"),
    "(FA|FI)": ("FA", "FAFI"),
    "(?:ITK008M|ITK[0-9]{3}[A-Z])": ("ITK007C", "ITK07C"),
    "[^@]+@[^@]+": ("a@b", "a@b@c"),
    ".+@.+": ("a@b@c", "@"),
    ".*-[0-9]{4}": ("a-b-2026", "a-b-202"),
    ".*foo.*": ("a\nfoo\n", "fo"),
    "[A-Za-z ]+, [A-Za-z ]+": ("de Vries, A", "de Vries"),
    r"https://fhir\.nhs\.uk/STU3/.+-[0-9]": (
        "https://fhir.nhs.uk/STU3/StructureDefinition/X-1",
        "https://fhirXnhs.uk/",
    ),
    r"urn:oid:[0-2](\.[0-9]{1,20}){1,20}": ("urn:oid:2.16.840", "urn:oid:2"),
    r"\S+( \S+)?": ("a b", "a  b"),
    r"(\+[0-9]+)?x": ("+1x", "+x"),
    "(ab|cd)*e": ("abcdabe", "abce"),
    r"\d+": ("12", "٣"),
    r"\w+": ("a_1", "é"),
    r"[^\s]{2}": ("é—", "a "),
    r"[a\]\-\\^-]": ("-", "b"),
    r"[\w.-]{1,64}": ("a.b-c", ""),
    r"\{ODS Code\}": ("{ODS Code}", "ODS Code"),
    "a{,2}b{2,}": ("bbb", "aab"),
    "None|[0-9A-F-]{36}": ("None", "none"),
}


@pytest.mark.parametrize("pattern", EVIL, ids=lambda pattern: pattern[:30])
def test_patterns_that_could_be_made_slow_are_refused(pattern):
    """
    A pattern on which a value could take more than linear work is refused, at the quantifier or group to blame.
    """
    assert wrong_pattern(pattern) == EVIL[pattern]


@pytest.mark.parametrize("pattern", OUTSIDE, ids=lambda pattern: ascii(pattern[:30]))
def test_what_is_outside_the_subset_is_refused(pattern):
    """
    Each thing outside the subset has its place, its name and what would do.
    """
    assert wrong_pattern(pattern) == OUTSIDE[pattern]


@pytest.mark.parametrize("pattern", GOOD)
def test_sensible_patterns_are_taken(pattern):
    """
    What publications ask for can be written; the whole value is matched, and shorthands mean ASCII.
    """
    good, *bad = GOOD[pattern]

    assert wrong_pattern(pattern) is None
    assert compile_pattern(pattern).fullmatch(good)
    assert [value for value in bad if compile_pattern(pattern).fullmatch(value)] == []


def test_an_unchecked_pattern_is_not_compiled():
    """
    A pattern outside the subset cannot slip in past the check.
    """
    with pytest.raises(ValueError, match=re.escape(f"offset 4: {NESTED[0]}; {NESTED[1]}")):
        compile_pattern("(a+)+")


def test_the_problem_has_names():
    """
    The tuple can be read by field.
    """
    assert wrong_pattern("^") == PatternProblem(offset=0, what="'^' is not needed", remedy=OUTSIDE["^3"][2])


SLOWEST = {
    "gives back before a bounded one": (".*[a-z]{1,20}([xy]|z)", "a" * MAX_VALUE),
    "two bounded ones side by side": ("a{0,1000}a{0,1000}[bc]", "a" * MAX_VALUE),
    "gives back, then anything": (".*(f[op])[zx].*", "fq" * (MAX_VALUE // 2)),
    "ten endless ones": ("a*b*c*d*e*f*g*h*i*j*", "a" * (MAX_VALUE - 1) + "1"),
    "endless, then many optional": ("a*b?c?d?e?f?g?h?i?j?k?l?m?n?o?p?q?r?", "a" * (MAX_VALUE - 1) + "1"),
    "repeated group": ("(-[a-z]{1,20})*", ("-" + "a" * 15) * (MAX_VALUE // 16 - 1) + "-"),
    "choices that overlap": ("(ab|a)" * 14 + "[xz]", "ab" * 15),
}


@pytest.mark.parametrize(("pattern", "value"), SLOWEST.values(), ids=SLOWEST)
def test_the_slowest_allowed_patterns_are_quick(pattern, value):
    """
    Patterns near the bound fail on their worst value in well under two seconds (measured: 10 ms).
    """
    compiled = compile_pattern(pattern)
    begin = time.process_time()

    assert compiled.fullmatch(value) is None
    assert time.process_time() - begin < 2


def test_reading_a_deep_pattern_is_quick():
    """
    Repetitions nested as deep as allowed take no exponential time to judge.
    """
    begin = time.process_time()
    wrong_pattern("(" * 20 + "a" + "{1,2}b)" * 20)

    assert time.process_time() - begin < 2


@given(st.text() | st.text("ab()[]{}|*+?.^$\\-&~,0123dwsDWSnpZ:<=!#P'\"é", max_size=30))
@settings(max_examples=1_000)
def test_any_text_is_answered(pattern):
    """
    No text makes the reader raise or warn, and what it takes compiles.
    """
    problem = wrong_pattern(pattern)

    if problem is None:
        compile_pattern(pattern)
    else:
        assert 0 <= problem.offset <= len(pattern)
        assert problem.what
        assert problem.remedy


PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "c", "[ab]", "[^a]", "."]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)


def _before(branch, rest):
    for node in reversed(branch):
        rest = (node, rest)
    return rest


def _count_steps(tree, value, limit):
    """
    Match as a plain backtracking matcher does; the number of characters looked at, up to *limit*, and the answer.
    """
    steps = 0
    tries = [(0, (tree, None))]  # where, and a linked list of what is to be matched from there
    while tries:
        at, todo = tries.pop()
        if todo is None:
            if at == len(value):
                return steps, True
            continue
        task, rest = todo
        if isinstance(task, Chars):
            steps += 1
            if steps > limit:
                return steps, None
            if at < len(value) and any(low <= ord(value[at]) <= high for low, high in task.chars):
                tries.append((at + 1, rest))
        elif isinstance(task, Repeat):
            tries.append((at, ((task, 0), rest)))
        elif isinstance(task, tuple):
            repeat, count = task
            if count >= repeat.least:
                tries.append((at, rest))
            if repeat.most is None or count < repeat.most:
                tries.append((at, (repeat.body, ((repeat, count + 1), rest))))
        else:
            tries.extend((at, _before(branch, rest)) for branch in reversed(task.branches))
    return steps, False


@given(PATTERNS, st.text("abcd", max_size=3), st.text("abc", min_size=1, max_size=3), st.text("abcd", max_size=2))
@settings(max_examples=1_000, deadline=None)
def test_a_taken_pattern_takes_no_more_steps_than_counted(pattern, before, again, after):
    """
    On values made to be slow, a backtracking matcher stays under the bound, scaled down to the length of the value,
    and agrees with ``re``.
    """
    value = (before + again * 200)[:200] + after
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pattern_cost, "MAX_VALUE", len(value))
        patch.setattr(pattern_cost, "MAX_STEPS", 10 * len(value))
        tree = read_pattern(pattern)
        try:
            pattern_cost.check_cost(tree)
        except PatternRefused:
            return
    steps, matched = _count_steps(tree, value, limit=40 * len(value))

    assert steps <= 40 * len(value)
    assert matched == bool(re.fullmatch(pattern, value, re.DOTALL))
