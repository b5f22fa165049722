"""
`test` expressions in XPath 2.0 and 3.0: what they can say, what is refused at load, and what one message costs.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import elementpath
import pytest

from itk3_validator import PackInvalid, Validator
from pack_builder import entry, message, validator, write_pack

ENGINE = Path(__file__).parent.parent / "engine" / "itk3_validator"

PACK = """
xpath: "{version}"
facts:
  recipient: {{values: [primary, copy]}}
selectors:
  entries: /f:Bundle/f:entry
  observations: $entries/f:resource/f:Observation
  statuses: $observations/f:status/@value
  sender: $entries/f:resource/f:MessageHeader/f:sender
  organization: {{follow: $sender}}
rules:
  - id: R
    text: It is so.
    {keys}
    check: {{test: "{test}"}}
"""

BUNDLE = message(
    entry('<MessageHeader><sender><reference value="urn:uuid:1"/></sender></MessageHeader>'),
    entry('<Organization><name value="Acme"/></Organization>', "urn:uuid:1"),
    entry('<Observation><status value="final"/><issued value="2026-01-31T09:30:00Z"/></Observation>'),
    entry('<Observation><status value="amended"/></Observation>'),
    "<contains><size value='1'/></contains>",
)
EITHER = pytest.mark.parametrize("version", ["2.0", "3.0"])
EVERY = pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])


@pytest.fixture
def judge(tmp_path):
    """
    One expression on the Bundle above: outcome and sentence.
    """

    def judged(test, version, *, keys="status: active", text=BUNDLE, **call):
        judge = validator(tmp_path, PACK.format(test=test, version=version, keys=keys))
        (result,) = judge.validate(text, **call).results
        return str(result.outcome), result.message

    return judged


@pytest.fixture
def refused(tmp_path):
    """
    What loading says to an expression, without the folder and the column where the expression begins.
    """

    def told(test, version, *, keys="status: active"):
        folder = write_pack(tmp_path, PACK.format(test=test, version=version, keys=keys))
        with pytest.raises(PackInvalid) as error:
            Validator(packs=[folder])
        return [str(each).removeprefix(f"{folder}/") for each in error.value.problems]

    return told


@EVERY
@pytest.mark.parametrize(
    "test",
    [
        "f:entry",
        "f:contains",
        "f:contains/f:size",
        "count(f:entry) = 4",
        "count(/f:Bundle/f:entry) = 4",
        "f:contains/f:size/@value = '1'",
        "$entries",
        "count($observations) = 2",
        "$statuses = 'final'",
        "$organization/f:name/@value = 'Acme'",
        "$organization/../../f:fullUrl/@value = 'urn:uuid:1'",
        "not(f:entry[f:resource/f:Patient])",
    ],
)
def test_one_expression_means_the_same_in_every_version(judge, test, version):
    """
    Also with names that are functions of XPath 3.1, which its parser in elementpath takes for these.
    """
    assert judge(test, version) == ("pass", None)


@EITHER
@pytest.mark.parametrize(
    "test",
    [
        "every $each in $observations satisfies $each/f:status",
        "some $each in $statuses satisfies $each = 'amended'",
        "for $each in f:entry return $each",
        "count(distinct-values($statuses)) = count($statuses)",
        "if (f:entry) then $sender else false()",
        "matches(($statuses)[1], '^[a-z]+$')",
        "xs:dateTime(($observations/f:issued/@value)[1]) lt xs:dateTime('2027-01-01T00:00:00Z')",
        "$statuses = ('final', 'registered')",
        "ends-with(($statuses)[1], 'al')",
        "$sender << $organization",
        "($organization)[1] is f:entry[2]/f:resource/f:Organization",
        "root(.) is root(($organization)[1])",
        "exists($entries except f:entry[1])",
        "count(1 to 10) = 10",
        "count(f:entry[f:resource/f:Observation[f:status[@value = 'final']]]) = 1",
        "f:entry[../f:entry[f:resource/f:Organization]]",
        "f:entry[f:resource/f:Observation/f:status/@value = $statuses]",
        "not(f:entry[position() = (5 to 9)])",
        "every $a in f:entry, $b in f:entry satisfies count($a/f:resource[. is $b/f:resource]) < 2",
        "count(for $n in 1 to count(f:entry) return $n) = 4",
        "f:doc or f:collection or f:environment-variable or f:to or f:for or true()",
    ],
)
def test_what_xpath_2_adds(judge, test, version):
    """
    Quantifiers, sequences, conditions, dates, node comparison; nodes of selectors are nodes of the message.
    """
    assert judge(test, version) == ("pass", None)


def test_what_xpath_3_adds(judge):
    """
    `let` and `!` are there when 3.0 is asked for, and only then.
    """
    test = "let $all := $observations return count($all ! f:status) = 2"

    assert judge(test, "3.0") == ("pass", None)


@EITHER
def test_it_is_false(judge, version):
    """
    What does not hold fails as any `test` does.
    """
    assert judge("count(f:entry) = 5", version) == ("fail", "This does not hold: It is so.")


@EITHER
@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("f:resource/f:Observation/f:status", ("fail", "This does not hold: It is so.")),
        ("f:resource/*", ("pass", None)),
        ("count(/f:Bundle/f:entry) = 4", ("pass", None)),
        (". is $entries[3] or . is $entries[1] or true()", ("pass", None)),
    ],
)
def test_the_context_is_the_node_of_each(judge, test, expected, version):
    """
    With `each` the expression begins at the node; `/` is still the message.
    """
    assert judge(test, version, keys="each: entries") == expected


@EITHER
@pytest.mark.parametrize(
    ("test", "kind"),
    [
        ("1 div count(f:none) > 0", "ElementPathZeroDivisionError"),
        ("xs:date(f:contains/f:size/@value) = xs:date('2026-01-31')", "ElementPathValueError"),
        ("exactly-one(f:entry)", "ElementPathValueError"),
        ("(f:entry/f:none, 1, 2)", "ElementPathTypeError"),
    ],
)
def test_what_cannot_be_run_is_an_error(judge, test, kind, version):
    """
    It never looks like a pass, and tells the kind of the mistake, never what the message says.
    """
    assert judge(test, version) == ("error", f"the rule could not be run ({kind})")


@EITHER
def test_a_fact(judge, version):
    """
    `$fact.name` is what the caller stated; without it the rule is undecided.
    """
    test = "$fact.recipient = 'primary'"

    assert judge(test, version, facts={"recipient": "primary"}) == ("pass", None)
    assert judge(test, version, facts={"recipient": "copy"})[0] == "fail"
    assert judge(test, version) == ("undecided", "state the fact 'recipient' (primary or copy) to decide this")


def test_a_rule_may_ask_for_its_own_version(judge):
    """
    `xpath:` of a rule goes before that of its pack.
    """
    test = "some $each in f:entry satisfies $each"

    assert judge(test, "1.0", keys='xpath: "2.0"') == ("pass", None)


# the line and column at which the expression begins
AT = "pack.yaml:20:20: "
OUTSIDE = "the function '{}' reaches outside the message; leave it out"
CLOCK = "the function '{}' depends on the clock; state the time as a fact"
HANDED_ON = "a function that is handed on is not looked into; call the function here"
RANGE = (
    "this range does not run from a number to one up to 1,000, or to count(...);"
    " go through the nodes themselves: for $each in ..."
)
LOOPS = "more than 2 loops inside each other; name the nodes more closely, or write two rules"
STEPS = "this goes through more than 10,000 things; name the nodes more closely, or write two rules"
NESTED = (
    "this repeats a group in which something is already repeated without an end;"
    " give the inner quantifier an end, as in {1,20}"
)
FLAGS = "the flags of '{}' are not among 'i', 'm' and 's'; leave them out, or write some of these in quotes"
INSIDE = "'//' inside a predicate walks the message again and again; name every step"
COSTLY = "'//' walks the whole message; say under expensive: why it is worth it"
SYNTAX = "not an XPath expression: {}; mend it, or leave 'xpath:' out for XPath 1.0"
NO_PREFIX = "the element '{0}' has no prefix; write f:{0}, or @{0} for an attribute, or quotes for a text"

KNOWN = "known are entries, fact.recipient, observations, organization, sender, statuses"

REFUSED = [
    ("doc('file:///etc/hostname')", 0, OUTSIDE.format("doc")),
    ("fn:doc('file:///etc/hostname')", 3, OUTSIDE.format("doc")),
    ("Q{http://www.w3.org/2005/xpath-functions}doc('x')", 41, OUTSIDE.format("doc")),
    ("f:entry and doc-available('x')", 12, OUTSIDE.format("doc-available")),
    ("collection()", 0, OUTSIDE.format("collection")),
    ("uri-collection('x')", 0, OUTSIDE.format("uri-collection")),
    ("unparsed-text('file:///etc/hostname')", 0, OUTSIDE.format("unparsed-text")),
    ("unparsed-text-lines('x')", 0, OUTSIDE.format("unparsed-text-lines")),
    ("unparsed-text-available('x')", 0, OUTSIDE.format("unparsed-text-available")),
    ("environment-variable('HOME')", 0, OUTSIDE.format("environment-variable")),
    ("available-environment-variables()", 0, OUTSIDE.format("available-environment-variables")),
    ("static-base-uri()", 0, OUTSIDE.format("static-base-uri")),
    ("parse-xml('<a/>')", 0, OUTSIDE.format("parse-xml")),
    ("doc#1", 3, HANDED_ON),
    ("let $open := doc#1 return $open('x')", 16, HANDED_ON),
    ("matches#2", 7, HANDED_ON),
    ("function() { 1 }", 0, HANDED_ON),
    ("for-each(f:entry, concat(?, 'x'))", 25, HANDED_ON),
    ("current-date() gt xs:date('2026-01-31')", 0, CLOCK.format("current-date")),
    ("1 to 1001", 2, RANGE),
    ("1 to 100000000000", 2, RANGE),
    ("1 to string-length(f:id)", 2, RANGE),
    ("for $a in f:x, $b in f:x, $c in f:x return 1", 0, LOOPS),
    ("some $a in f:x satisfies (every $b in f:x satisfies (some $c in f:x satisfies $c))", 0, LOOPS),
    ("(1 to 60)[(1 to 60)[(1 to 60)[. = 5000]]]", 0, LOOPS),
    ("f:x[../f:x[../f:x[f:nope]]]", 0, LOOPS),
    ("f:x/count(../f:x/count(../f:x))", 0, LOOPS),
    ("f:x ! ../f:x ! ../f:x", 0, LOOPS),
    ("f:a and f:x[../f:x[$statuses = ../f:x/@id]]", 8, LOOPS),
    ("(1 to 200)[. = (1 to 60)]", 0, STEPS),
    ("true() or (1 to 200) = (1 to 60)", 10, STEPS),
    ("(1 to 30) ! (1 to 30) ! (1 to 30) = 5", 0, STEPS),
    ("for $a in 1 to 200, $b in 1 to 200 return $a", 0, STEPS),
    (
        (
            "let $a := (f:x, f:x, f:x, f:x, f:x, f:x, f:x, f:x, f:x, f:x), "
            "$b := ($a, $a, $a, $a, $a, $a, $a, $a, $a, $a), $c := ($b, $b, $b, $b, $b, $b, $b, $b, $b, $b) "
            "return count(($c, $c, $c, $c, $c, $c, $c, $c, $c, $c, $c))"
        ),
        0,
        STEPS,
    ),
    (
        "replace(replace(replace(f:id, 'a', '"
        + "b" * 30
        + "'), 'b', '"
        + "c" * 30
        + "'), 'c', '"
        + "d" * 30
        + "') = 'x'",
        0,
        STEPS,
    ),
    ("matches('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '(a+)+b')", 60, NESTED),
    ("tokenize(f:id, '(a+)+b')", 15, NESTED),
    ("matches(f:id, 'a', 'x')", 19, FLAGS.format("matches")),
    ("replace(f:id, 'a', 'b', 'q')", 24, FLAGS.format("replace")),
    (
        "matches(f:id, f:id)",
        0,
        "the pattern of 'matches' is not written out; write it in quotes",
    ),
    ("f:entry[.//f:x]", 9, INSIDE),
    ("//f:entry", 0, COSTLY),
    ("$entry", 0, "unknown selector '$entry'; did you mean 'entries'?"),
    ("$fact.recipent", 0, "unknown fact '$fact.recipent'; did you mean 'fact.recipient'?"),
    ("not(f:b[zz:a])", 10, "prefix 'zz' is not declared; declare it under namespaces: or use f: or h:"),
    ("not(f:b[code/@value != 'x'])", 8, NO_PREFIX.format("code")),
    ("f:b[url='x']", 4, NO_PREFIX.format("url")),
    ("every $e in f:b satisfies $e/fullUrl", 29, NO_PREFIX.format("fullUrl")),
    ("code", 0, NO_PREFIX.format("code")),
    ("f:b/@value = ('true', false)", 22, "the element 'false' has no prefix; did you mean 'false()'?"),
    ("f:b/@value = ('true', maybe)", 22, NO_PREFIX.format("maybe")),
    ("nosuch(f:entry)", 0, SYNTAX.format("unknown function 'nosuch'")),
    ("f:entry[1]]", 10, SYNTAX.format("unexpected ']' symbol")),
    ("1 div 0", 2, SYNTAX.format("Division by zero")),
    ("(" * 600 + "1" + ")" * 600, 0, "the XPath is nested too deep; give parts of it names"),
    (
        "f:x/" * 1000 + "f:x",
        4000,
        "the XPath has 4,003 characters, more than 4,000; give parts of it names under selectors:",
    ),
]


@pytest.mark.parametrize(("test", "offset", "what"), REFUSED, ids=[test[:40] for test, _, _ in REFUSED])
def test_what_is_refused_at_load(refused, test, offset, what):
    """
    With file, line and column, before any of it is evaluated.
    """
    assert refused(test, "3.0") == [f"pack.yaml:20:{20 + offset}: {what}"]


@pytest.mark.parametrize(
    ("test", "what"),
    [
        ("doc('x')", OUTSIDE.format("doc")),
        ("collection('x')", OUTSIDE.format("collection")),
        ("unparsed-text('x')", SYNTAX.format("unknown function 'unparsed-text'")),
        ("environment-variable('HOME')", SYNTAX.format("unknown function 'environment-variable'")),
    ],
)
def test_what_2_0_refuses(refused, test, what):
    """
    What reaches outside the message is refused in 2.0 as well, or not known there.
    """
    assert refused(test, "2.0") == [f"{AT}{what}"]


def test_all_problems_of_an_expression_at_once(refused):
    """
    Not one by one.
    """
    assert refused("doc('x') or $nope or collection()", "3.0") == [
        f"{AT}{OUTSIDE.format('doc')}",
        f"pack.yaml:20:32: unknown selector '$nope'; {KNOWN}",
        f"pack.yaml:20:41: {OUTSIDE.format('collection')}",
    ]


@EITHER
def test_nothing_is_evaluated_before_it_is_refused(refused, version):
    """
    A pattern that would take years and a range that would fill the memory are refused at once.
    """
    began = time.monotonic()
    refused("matches('" + "a" * 60 + "!', '(a+)+b')", version)
    refused("count(1 to 100000000000) > 0", version)

    assert time.monotonic() - began < 5


@EITHER
def test_expensive_says_why(judge, version):
    """
    With a reason `//` may be used, outside predicates.
    """
    assert judge("count(//f:status) = 2", version, keys="expensive: statuses stand in many places") == ("pass", None)


def test_the_parser_of_3_1_is_never_used():
    """
    XPath31Parser finds nothing for f:entry, f:contains and f:size, so no line of the engine names it but to say so.
    """
    lines = [
        f"{path.name}: {line.strip()}"
        for path in sorted(ENGINE.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search("XPath31|xpath31", line)
    ]
    importing = [
        str(path.relative_to(ENGINE))
        for path in sorted(ENGINE.rglob("*.py"))
        if re.search(r"^\s*(import|from) elementpath", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert [each.split(" ", 1)[0] for each in lines] == ["xpath2.py:"]
    assert "so it is never used" in (ENGINE / "xpath2.py").read_text(encoding="utf-8")
    assert importing == ["xpath2.py"]


def test_one_node_tree_a_message(tmp_path, monkeypatch):
    """
    However many rules and nodes ask, a message is turned into elementpath's tree once, and not at all without need.
    """
    made = []
    build = elementpath.get_node_tree
    monkeypatch.setattr(elementpath, "get_node_tree", lambda *args, **keys: made.append(1) or build(*args, **keys))
    rules = "".join(
        f"  - {{id: R{number}, text: It is so., each: entries, check: {{test: 'f:resource/*'}}}}\n"
        for number in range(3)
    )
    text = PACK.format(version="2.0", keys="status: active", test="f:entry") + rules
    judge = validator(tmp_path, text)

    assert made == []
    assert judge.validate(BUNDLE).verdict == "valid"
    assert made == [1]
    judge.validate(BUNDLE)
    assert made == [1, 1]


def test_messages_do_not_mix(tmp_path):
    """
    One plan judges many messages, each by its own nodes.
    """
    judge = validator(
        tmp_path,
        PACK.format(
            version="3.0", keys="status: active", test="count($entries) = count(f:entry) and count(f:entry) < 3"
        ),
    )
    texts = [message(*[entry("<Patient/>")] * number) for number in (1, 5, 2, 4)]

    assert [judge.validate(text).verdict for text in texts] == ["valid", "invalid", "valid", "invalid"]
