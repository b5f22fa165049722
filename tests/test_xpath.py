"""
The XPath reader: what it accepts, what it says about the rest, and that lxml agrees.
"""

from __future__ import annotations

import pickle

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from itk3_validator import xpath
from itk3_validator.xpath import XPathInvalid, XPathProblem
from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.tree import Call, Expr, Filter, Group, Negation, Operation, Path, Union

PREFIXES = ("f", "h")
SELECTORS = ("header", "handling", "patient", "outcome", "entries", "a-b")
FACTS = ("fact.recipient", "fact.mailbox")
NAMESPACES = {"f": "http://hl7.org/fhir", "h": "http://www.w3.org/1999/xhtml"}

AFTER = "write a path, a value or a function call after it"
BEFORE = "write a path, a value or a function call before it"
JOIN = "write an operator such as =, and, | or / before it"
WHY = "or say under expensive: why it is worth it"


def read(text: str) -> xpath.Expression:
    return xpath.read(text, prefixes=PREFIXES, variables=SELECTORS, scalars=FACTS)


def problems(text: str) -> tuple[XPathProblem, ...]:
    with pytest.raises(XPathInvalid) as caught:
        read(text)
    return caught.value.problems


def is_refused(text: str) -> bool:
    try:
        read(text)
    except XPathInvalid:
        return True
    return False


def compile_with_lxml(text: str) -> etree.XPath:
    return etree.XPath(text, namespaces=NAMESPACES)


@pytest.mark.parametrize(
    ("text", "variables", "start"),
    [
        ("(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]", (), "document"),
        ("$header/f:extension[@url='https://fhir.nhs.uk/STU3/StructureDefinition/X-2']", ("header",), "variable"),
        ("$handling/f:extension[@url='BusAckRequested']/f:valueBoolean", ("handling",), "variable"),
        ("$outcome/f:issue/f:details/f:coding[f:system/@value='u']/f:code", ("outcome",), "variable"),
        ("./f:status", (), "context"),
        ("f:status", (), "context"),
        ("@url", (), "context"),
        (".", (), "context"),
        ("../f:code", (), "context"),
        ("/", (), "document"),
        ("/f:*/node()", (), "document"),
        ("((/f:A/f:B)[1])/f:C", (), "document"),
        ("($patient)[1]/f:name", ("patient",), "variable"),
        ("/f:A | $patient", ("patient",), "document"),
        ("$patient | f:A", ("patient",), "context"),
        ("count($entries) > 1", ("entries",), "value"),
        ("$fact.recipient = 'primary'", ("fact.recipient",), "value"),
        ("$fact.recipient", ("fact.recipient",), "value"),
        ("$a-b -1", ("a-b",), "value"),
        ("$patient and $header or $patient", ("patient", "header"), "value"),
        ("f:entry[1]/f:resource/*[local-name() = 'MessageHeader']", (), "context"),
        ("not(f:a[starts-with(@url, 'x') and position() != last()])", (), "value"),
        ("f:identifier[f:system/@value='https://fhir.nhs.uk/Id/nhs-number'][2]/f:value/@value", (), "context"),
        ("substring-after(f:a/@value, '/_history/')", (), "value"),
        ("string-length(normalize-space(f:text/h:div)) > 0", (), "value"),
        ("f:a/text()", (), "context"),
        ("f:div", (), "context"),
        ("f:and and f:or", (), "value"),
        ("* * *", (), "value"),
        ("f:a[* and @*]", (), "context"),
        ("- - 1 div - 2 mod .5", (), "value"),
        ("child :: f:a [ 1 ] / attribute :: value", (), "context"),
        ("parent::f:a/self::node()", (), "context"),
        ("\n  /f:A\n", (), "document"),
        ("@xml:lang", (), "context"),
        ("concat(\"it's\", '\"', 5.)", (), "value"),
        ("/ = 1", (), "value"),
        ("f:é\u00b7x", (), "context"),
    ],
)
def test_what_rules_need_is_read(text: str, variables: tuple[str, ...], start: str) -> None:
    """
    An expression of the rule language is read, and tells its variables and where it begins.
    """
    expression = read(text)

    assert (expression.text, expression.variables, expression.start, expression.costly) == (text, variables, start, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("//f:A", [(0, "'//' searches far")]),
        ("/f:A//f:B[1]", [(4, "'//' searches far")]),
        ("$header/descendant::f:A", [(8, "the axis 'descendant' searches far")]),
        ("ancestor-or-self::f:A", [(0, "the axis 'ancestor-or-self' searches far")]),
        ("f:A/following-sibling::*", [(4, "the axis 'following-sibling' searches far")]),
        ("preceding::f:A", [(0, "the axis 'preceding' searches far")]),
        (
            "f:A[. = $header][/f:B]",
            [
                (8, "'$header' inside a predicate is looked up again for every node"),
                (17, "a path from the document inside a predicate is looked up again for every node"),
            ],
        ),
        ("f:A[f:B[$header]]", [(8, "'$header' inside a predicate is looked up again for every node")]),
        ("f:A[. = $fact.recipient]", []),
        ("f:A[../@id = 'x']", []),
        ("f:A[../../f:B]", [(10, "a step down after '..' inside a predicate is looked up again for every node")]),
        ("f:A[f:B/../f:C]", [(11, "a step down after '..' inside a predicate is looked up again for every node")]),
        ("f:A[(..)/f:B]", [(9, "a step down after '..' inside a predicate is looked up again for every node")]),
        ("f:A[f:B = ../f:B]", [(13, "a step down after '..' inside a predicate is looked up again for every node")]),
        ("f:A/parent::f:B[f:C]", [(16, "a step down after '..' inside a predicate is looked up again for every node")]),
        ("f:A[../f:B[f:C]]", [(7, "a step down after '..' inside a predicate is looked up again for every node")]),
        ("f:A/../f:B[f:C]", []),
        ("f:A[f:B[f:C]]", []),
        (
            "f:A[$header]/f:B[$header]",
            [
                (4, "'$header' inside a predicate is looked up again for every node"),
                (17, "'$header' inside a predicate is looked up again for every node"),
            ],
        ),
        ("$header[1]", []),
        ("count(/f:A)", []),
    ],
)
def test_costly_places_are_listed(text: str, expected: list[tuple[int, str]]) -> None:
    """
    What looks at much more than the path says is accepted and listed, each place once.
    """
    costly = read(text).costly

    assert [(each.offset, each.what) for each in costly] == expected


def test_costly_places_tell_the_two_ways_out() -> None:
    """
    The remedy of a costly place names the cheaper way and the key that allows the costly one.
    """
    remedies = [each.remedy for each in read("//f:A[$header]").costly]

    assert remedies == [f"name every step of the path, {WHY}", f"take it out of the predicate, {WHY}"]


DEEP = "give the inner path a name, or write two rules"
ONE = "ask one thing at a time: write two rules, or go through the nodes with 'each'"
TWICE = "inside a predicate is looked up again for every node, each of them looked up again"
BOTH = "a second side that is looked up again for every node, and is compared with the first"

MEANINGLESS = [
    ("zz:a", [(0, "undeclared prefix 'zz'", "declare it under namespaces: or use f: or h:")]),
    ("not(f:x[zz:y])", [(8, "undeclared prefix 'zz'", "declare it under namespaces: or use f: or h:")]),
    ("f:a/@zz:*", [(5, "undeclared prefix 'zz'", "declare it under namespaces: or use f: or h:")]),
    ("fh:a", [(0, "undeclared prefix 'fh'", "did you mean 'f:'?")]),
    ("status = 'x'", [(0, "the element 'status' has no prefix", "write f:status")]),
    ("f:a/child::name", [(11, "the element 'name' has no prefix", "write f:name")]),
    ("f:a[position = 1]", [(4, "the element 'position' has no prefix", "did you mean 'position()'?")]),
    ("f:a[start-with(@x, 'y')]", [(4, "unknown function 'start-with'", "did you mean 'starts-with'?")]),
    ("f:count(f:a)", [(0, "unknown function 'f:count'", "did you mean 'count'?")]),
    ("frobnicate()", [(0, "unknown function 'frobnicate'", "use a function of XPath 1.0")]),
    ("matches(@x, 'y')", [(0, "unknown function 'matches'", "use the verb 'matches'")]),
    ("ends-with(@x, 'y')", [(0, "unknown function 'ends-with'", "compare with substring(text, first)")]),
    ("exists(f:a)", [(0, "unknown function 'exists'", "write the path alone, or boolean(path)")]),
    (
        "id('x')",
        [(0, "the function 'id' cannot be used in a rule", "compare the id itself, as in f:id/@value = 'x'")],
    ),
    (
        "lang('en')",
        [(0, "the function 'lang' cannot be used in a rule", "compare the attribute, as in @xml:lang = 'en'")],
    ),
    ("count()", [(0, "count() takes 1 argument, not 0", "write count(nodes)")]),
    ("last(1)", [(0, "last() takes no argument, not 1", "write last()")]),
    ("concat('a')", [(0, "concat() takes 2 arguments or more, not 1", "write concat(text, text, ...)")]),
    ("string(1, 2)", [(0, "string() takes 0 or 1 arguments, not 2", "write string(value)")]),
    ("contains('a')", [(0, "contains() takes 2 arguments, not 1", "write contains(text, part)")]),
    ("sum('x')", [(4, "sum() needs nodes, and this is a text", "write a path there")]),
    ("count(1 = 1)", [(6, "count() needs nodes, and this is true or false", "write a path there")]),
    ("$fact.recipient/f:a", [(0, "'/' needs nodes, and this is a text", "write a path there")]),
    ("'x'[1]", [(0, "'[' needs nodes, and this is a text", "write a path there")]),
    ("f:a | 1", [(6, "'|' needs nodes, and this is a number", "write a path there")]),
    ("$handeling/f:a", [(0, "unknown selector '$handeling'", "did you mean '$handling'?")]),
    ("f:a = $fact.recipent", [(6, "unknown fact '$fact.recipent'", "did you mean '$fact.recipient'?")]),
    ("$qqq", [(0, "unknown selector '$qqq'", "define it under selectors:")]),
    ("$fact.qqqqqqqqqqqqqqqq", [(0, "unknown fact '$fact.qqqqqqqqqqqqqqqq'", "define it under facts:")]),
    ("f::a", [(0, "unknown axis 'f'", "write f: with one colon")]),
    ("f:a/childs::f:b", [(4, "unknown axis 'childs'", "did you mean 'child'?")]),
    ("qq::f:b", [(0, "unknown axis 'qq'", "use child, attribute, self or parent")]),
    (
        "namespace::f",
        [
            (0, "the axis 'namespace' cannot be used in a rule", "compare namespace-uri() instead"),
            (11, "the element 'f' has no prefix", "write f:f"),
        ],
    ),
    ("f:a[.//f:b]", [(5, "'//' is not allowed inside a predicate", "name every step of the path")]),
    ("f:a[//f:b]", [(4, "'//' is not allowed inside a predicate", "name every step of the path")]),
    (
        "f:a[count(following::f:b) = 1]",
        [(10, "the axis 'following' is not allowed inside a predicate", "name every step of the path")],
    ),
    (
        "f:a[ancestor::f:b]",
        [(4, "the axis 'ancestor' is not allowed inside a predicate", "name every step of the path")],
    ),
    ("f:a[f:b[f:c[f:d]]]", [(12, "predicates are nested more than 2 deep", DEEP)]),
    ("f:a[../f:a[../f:a]]", [(14, f"a step down after '..' {TWICE}", ONE)]),
    ("f:a[../f:a[$header]]", [(11, f"'$header' {TWICE}", ONE)]),
    ("f:a[/f:b[/f:c]]", [(9, f"a path from the document {TWICE}", ONE)]),
    ("f:a[$header[../f:b]]", [(15, f"a step down after '..' {TWICE}", ONE)]),
    ("f:a/parent::f:b[f:a[../f:c]]", [(23, f"a step down after '..' {TWICE}", ONE)]),
    ("f:a[../f:b = ../f:c]", [(13, BOTH, ONE)]),
    ("f:a[count($header | $handling) = 2]", [(20, BOTH, ONE)]),
    (
        "zz:a[start-with(@yy:b)] = $handeling",
        [
            (0, "undeclared prefix 'zz'", "declare it under namespaces: or use f: or h:"),
            (5, "unknown function 'start-with'", "did you mean 'starts-with'?"),
            (17, "undeclared prefix 'yy'", "declare it under namespaces: or use f: or h:"),
            (26, "unknown selector '$handeling'", "did you mean '$handling'?"),
        ],
    ),
]

MALFORMED = [
    ("", [(0, "the XPath is empty", "write a path such as /f:Bundle/f:entry")]),
    (" \n", [(0, "the XPath is empty", "write a path such as /f:Bundle/f:entry")]),
    ("f:a[f:b", [(3, "a ']' is missing for the '[' here", "add the ']'")]),
    (
        "f:a[not(f:b",
        [
            (3, "a ']' is missing for the '[' here", "add the ']'"),
            (7, "a ')' is missing for the '(' here", "add the ')'"),
        ],
    ),
    ("f:a[(f:b]", [(4, "a ')' is missing for the '(' here", "add the ')'")]),
    ("f:a]", [(3, "this ']' closes nothing", "remove it, or add the '[' before it")]),
    ("f:a)", [(3, "this ')' closes nothing", "remove it, or add the '(' before it")]),
    ("f:a['x]", [(4, "the text that begins with ' here does not end", "add the closing '")]),
    ('f:a["x]', [(4, 'the text that begins with " here does not end', 'add the closing "')]),
    ("f:a[]", [(3, "the brackets '[]' hold nothing", "write a condition or a position between them")]),
    ("()", [(0, "the brackets '()' hold nothing", "write an expression between them")]),
    ("f:a/", [(3, "nothing follows '/'", "write a name after it, or remove it")]),
    ("f:a//", [(3, "nothing follows '//'", "write a name after it, or remove it")]),
    ("(f:a/)[1]", [(4, "nothing follows '/'", "write a name after it, or remove it")]),
    ("f:a/ /f:b", [(5, "'/' cannot follow '/'", "write a name between them")]),
    ("f:a =", [(4, "nothing follows '='", AFTER)]),
    ("f:a[f:b =]", [(8, "nothing follows '='", AFTER)]),
    ("-", [(0, "nothing follows '-'", AFTER)]),
    ("f:a = = 1", [(6, "'=' was unexpected after '='", "write a path, a value or a function call between them")]),
    ("= 1", [(0, "nothing stands before '='", BEFORE)]),
    ("f:a[= 1]", [(4, "nothing stands before '='", BEFORE)]),
    ("count(, f:a)", [(6, "nothing stands before ','", BEFORE)]),
    ("count(f:a, )", [(9, "nothing follows ','", AFTER)]),
    ("f:a, f:b", [(3, "',' was unexpected", "write it only between the arguments of a function")]),
    ("f:a f:b", [(4, "'f:b' was unexpected", JOIN)]),
    ("f:a 'x'", [(4, "'x' was unexpected", JOIN)]),
    ("f:a $header", [(4, "'$header' was unexpected", JOIN)]),
    ("1.2.3", [(3, "'.3' was unexpected", JOIN)]),
    ("1e5", [(1, "'e5' was unexpected", JOIN)]),
    ("/ and 1", [(6, "'1' was unexpected", JOIN)]),
    ("f:a AND f:b", [(4, "'AND' is not an operator", "did you mean 'and'?")]),
    (".[1]", [(1, "'[' cannot follow '.'", "write self::node()[...]")]),
    ("..[1]", [(2, "'[' cannot follow '..'", "write parent::node()[...]")]),
    ("/[1]", [(1, "'[' cannot follow '/'", "name an element between them")]),
    (".f:a", [(1, "'f:a' was unexpected after '.'", "write ./f:a")]),
    ("...", [(2, "'.' was unexpected", JOIN)]),
    ("f:a/(f:b | f:c)", [(4, "'(' cannot follow '/' in XPath 1.0", "write each alternative out, with | between them")]),
    ("f:a/count(f:b)", [(4, "the function 'count' cannot follow '/'", "write count(path)")]),
    ("f:a/$header", [(4, "'$header' cannot follow '/'", "begin the path with $header")]),
    ("f:a/'x'", [(4, "'x' cannot follow '/'", "write a name between them")]),
    ("f:a/[1]", [(3, "nothing follows '/'", "write a name after it, or remove it")]),
    ("@", [(0, "a name is missing after '@'", "write the name right after it")]),
    ("@@x", [(0, "a name is missing after '@'", "write the name right after it")]),
    ("child::", [(5, "a name is missing after '::'", "write the name right after it")]),
    ("child::f:a::b", [(10, "'::' was unexpected", "remove it")]),
    ("$header(1)", [(7, "'(' was unexpected", "remove it")]),
    ("text('x')", [(5, "'x' was unexpected in text()", "write text()")]),
    ("f :a", [(2, "':' is not XPath 1.0", "write a prefix, its colon and the name together, as in f:code")]),
    ("f: a", [(1, "':' is not XPath 1.0", "write a prefix, its colon and the name together, as in f:code")]),
    ("$ x", [(0, "a '$' without a name", "write the name right after it, as in $header")]),
    ("f:a == 1", [(4, "'==' is not XPath 1.0", "write =")]),
    (
        "f:a && f:b || !f:c <> 1",
        [
            (4, "'&&' is not XPath 1.0", "write and"),
            (11, "'||' is not XPath 1.0", "write or"),
            (14, "'!' is not XPath 1.0", "write != or not(...)"),
            (19, "'<>' is not XPath 1.0", "write !="),
        ],
    ),
    ("f:a &lt; 1", [(4, "'&lt;' is not XPath 1.0", "write <")]),
    ("f:a # x", [(4, "'#' is not XPath 1.0", "remove it")]),
    (
        "f:a[@x=‘y’]",
        [
            (7, "'‘' is a typographic quotation mark", "write ' or \""),
            (9, "'’' is a typographic quotation mark", "write ' or \""),
        ],
    ),
    ("f:a\u00a0= 1", [(3, "the space U+00A0 is not an ordinary one", "write an ordinary space")]),
    (
        "'\x00' = '\ud800'",
        [
            (1, "the character U+0000 cannot stand in an XPath", "remove it"),
            (7, "the character U+D800 cannot stand in an XPath", "remove it"),
        ],
    ),
    ("'\U0001f600' = \x07", [(6, "the character U+0007 cannot stand in an XPath", "remove it")]),
    (
        "(" * 21 + "1" + ")" * 21,
        [
            (20, "brackets are nested more than 20 levels deep", "give the inner part a name of its own"),
        ],
    ),
    (
        "f:a" + " " * 3998,
        [
            (4000, "the XPath has 4,001 characters, more than 4,000", "give parts of it names under selectors:"),
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), MEANINGLESS)
def test_names_that_mean_nothing_are_told(text: str, expected: list[tuple[int, str, str]]) -> None:
    """
    Every name, function, axis and argument that would silently find nothing is told at its own place, all at once.
    """
    actual = [each[:3] for each in problems(text)]

    assert actual == expected


@pytest.mark.parametrize(("text", "expected"), MALFORMED, ids=lambda value: ascii(value)[:30])
def test_mistakes_of_syntax_are_told(text: str, expected: list[tuple[int, str, str]]) -> None:
    """
    A mistake of syntax is told at the character to mend, with what would do.
    """
    actual = [each[:3] for each in problems(text)]

    assert actual == expected


@pytest.mark.parametrize(
    ("prefixes", "remedy"),
    [
        ((), "declare it under namespaces:"),
        (("f",), "declare it under namespaces: or use f:"),
        (("a", "b", "c", "d", "f"), "declare it under namespaces:"),
        (("zzz",), "did you mean 'zzz:'?"),
    ],
)
def test_remedy_for_a_prefix_names_those_declared(prefixes: tuple[str, ...], remedy: str) -> None:
    """
    The declared prefixes are named as long as they are few.
    """
    with pytest.raises(XPathInvalid) as caught:
        xpath.read("zz:a", prefixes=prefixes, variables=())

    assert caught.value.problems == (XPathProblem(0, "undeclared prefix 'zz'", remedy, "namespaces"),)


@pytest.mark.parametrize(
    ("prefixes", "remedy"),
    [((), "write one before it"), (("g", "k"), "write one of g: or k:")],
)
def test_remedy_for_a_missing_prefix_without_f(prefixes: tuple[str, ...], remedy: str) -> None:
    """
    Where `f` is not declared, the remedy for an element without a prefix names what is.
    """
    with pytest.raises(XPathInvalid) as caught:
        xpath.read("a", prefixes=prefixes, variables=())

    assert caught.value.problems == (XPathProblem(0, "the element 'a' has no prefix", remedy),)


def test_the_exception_reads_as_lines_and_pickles() -> None:
    """
    The text of the exception is a line a problem, columns from 1, and it survives a process boundary.
    """
    with pytest.raises(XPathInvalid) as caught:
        read("zzz:a/$handeling1")
    again = pickle.loads(pickle.dumps(caught.value))

    assert str(again) == "column 7: '$handeling1' cannot follow '/'; begin the path with $handeling1"


@pytest.mark.parametrize(
    "text", ["(" * 20 + "1" + ")" * 20, "f:a[" * 2 + "(" * 18 + "1" + ")" * 18 + "]" * 2, "-" * 3999 + "1"]
)
def test_the_limits_themselves_are_allowed(text: str) -> None:
    """
    Twenty levels of brackets and four thousand characters are allowed, and lxml compiles them.
    """
    expression = read(text)

    assert compile_with_lxml(expression.text).path == text


@pytest.mark.parametrize(
    ("text", "definitions", "expected"),
    [
        ("$header/f:a", {"header": "(/f:A)[1]"}, "((/f:A)[1])/f:a"),
        ("$header/f:a = $patient", {"header": "/f:A"}, "(/f:A)/f:a = $patient"),
        ("$a-b - $a", {"a": "1", "a-b": "2"}, "(2) - (1)"),
        ("$headers", {"header": "/f:A"}, "$headers"),
        ("'$header' = \"$header\"", {"header": "/f:A"}, "'$header' = \"$header\""),
        ("f:a and$x", {"x": "$y"}, "f:a and($y)"),
        ("1", {"x": "2"}, "1"),
    ],
)
def test_expand_replaces_variables_only(text: str, definitions: dict[str, str], expected: str) -> None:
    """
    A variable becomes its definition in parentheses; literals, longer names and unknown variables stay.
    """
    actual = xpath.expand(text, definitions)

    assert actual == expected


def test_expand_takes_an_expression() -> None:
    """
    What was read can be expanded without its text being named.
    """
    actual = xpath.expand(read("$header/f:a"), {"header": "/f:A"})

    assert actual == "(/f:A)/f:a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/f:A/f:B[@x='1']/@y", ("/f:A/f:B[@x='1']", "/f:A")),
        ("((/f:A/f:B)[1])/f:C", ("((/f:A/f:B)[1])", "(/f:A/f:B)[1]", "/f:A")),
        ("(/f:A/f:B)[@x='1']", ("/f:A",)),
        ("$patient/f:name/f:family", ("$patient/f:name", "$patient")),
        ("./f:a/f:b", ("./f:a", ".")),
        ("f:a/f:b", ("f:a", ".")),
        ("@url", (".",)),
        ("../f:a", ("..",)),
        ("//f:A//f:B", ("//f:A",)),
        ("/f:A", ()),
        ("(/f:A)[1]", ()),
        ("$patient[1]", ("$patient",)),
        ("(/f:A/f:B | /f:C)[1]/f:x", ("(/f:A/f:B | /f:C)[1]", "/f:A")),
        ("$patient", ()),
        (".", ()),
        ("/", ()),
        ("count(f:a/f:b)", ()),
        ("f:a = f:b", ()),
        ("(1)[1]", ()),
        ("f:a[", ()),
    ],
)
def test_shorter_goes_up_step_by_step(text: str, expected: tuple[str, ...]) -> None:
    """
    Ever shorter paths, longest first, into parentheses; nothing for a value or for what is no XPath. What comes behind
    one of them depends on nothing before it.
    """
    actual = xpath.shorter(text)

    assert actual == expected
    assert [xpath.shorter(each) for each in actual] == [actual[number:] for number in range(1, len(actual) + 1)]


def test_shorter_and_last_name_take_what_was_expanded_often() -> None:
    """
    Selectors built upon selectors are deeper than what people may write.
    """
    text = "(" * 99 + "/f:A" + ")/f:B" * 99

    assert (len(xpath.shorter(text)), xpath.last_name(text)) == (198, "B")
    assert xpath.shorter("f:a[" * 5000 + "1" + "]" * 5000) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./f:status", "status"),
        ("@url", "url"),
        ("f:extension[@url='x']/f:valueString[@value='y']", "valueString"),
        ("(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]", "MessageHeader"),
        ("self::f:div", "div"),
        ("$patient", "$patient"),
        (".", "."),
        ("/", "/"),
        ("f:a/f:*", "f:a/f:*"),
        ("f:a/text()", "f:a/text()"),
        ("f:a | f:b", "f:a | f:b"),
        ("count(f:a)", "count(f:a)"),
        ("f:a[", "f:a["),
    ],
)
def test_last_name_is_a_label(text: str, expected: str) -> None:
    """
    The last step's local name, or the text itself where there is none.
    """
    actual = xpath.last_name(text)

    assert actual == expected


@pytest.mark.parametrize(
    "text",
    [
        "a b", "//", "/ and 1", "1.2.3", "@@a", ".[1]", "/[1]", "f: a", "(a)(b)", "node(1)", "foo::a", "a[]", "a,b",
        "!a", "a! =b", "a< =b", "/ * 2", "1a", "*:a", "f:*()", "$a()", "a::b", ". .", "[1]", "-", "'a", "a:b:c", "/*2",
        "processing-instruction(a)", "a/count(b)", "a\u00a0b", "a\u0085b", "'\x01'", "a|", "$", "()", "",
    ],
)  # fmt: skip
def test_what_lxml_refuses_is_refused(text: str) -> None:
    """
    A syntax error of lxml is one of ours.
    """
    with pytest.raises((etree.XPathSyntaxError, ValueError)):
        compile_with_lxml(text)

    assert is_refused(text)


WORDS = """f:a f:b f:and f:* * @x @* @f:x . .. / // | + - = != < <= > >= and or div mod ( ) [ ] , :: child self parent
    ancestor descendant:: $header $a-b $fact.recipient $zz 'x' "y" 1 .5 2. 007 not( count( last() position() text()
    node() concat( string( true() a zz:b and- x-1 ! : $ ' é · 😀 f: :a f processing-instruction('x') comment()
    attribute:: text starts-with( e5"""
PIECES = st.sampled_from([*WORDS.split(), "\u00a0", "\x01", "\n"])
SOUP = st.lists(st.tuples(PIECES, st.sampled_from(["", "", " ", "\n"])), max_size=12).map(
    lambda pairs: "".join(piece + space for piece, space in pairs)
)


NODES = st.deferred(lambda: STEPS | ABSOLUTE | GROUPS | st.sampled_from(["$header", "."]))
STEP = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "", "@", "child::", "self::", "parent::", "attribute :: "]),
    st.sampled_from(["f:a", "f:b", "f:div", "f:*", "*", "node()", "text()", "h:p"]),
    st.deferred(lambda: st.just("") | VALUES.map("[{}]".format)),
)
STEPS = st.lists(STEP, min_size=1, max_size=3).map("/".join)
ABSOLUTE = STEPS.map("/{}".format)
GROUPS = st.deferred(lambda: st.builds("({} | {})[1]/{}".format, NODES, NODES, STEP))
VALUES = st.deferred(
    lambda: (
        NODES
        | st.sampled_from(["1", "2", "0.5", "'x'", '"1"', "position()", "last()", "true()"])
        | st.builds("{} {} {}".format, VALUES, OPERATORS, VALUES)
        | st.builds("({} {} {})".format, VALUES, OPERATORS, VALUES)
        | VALUES.map("- {}".format)
        | VALUES.map("not({})".format)
        | NODES.map("count({})".format)
        | VALUES.map("string( {} )".format)
    )
)
OPERATORS = st.sampled_from(["and", "or", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"])


MUTATED = st.builds(
    lambda text, at, gone, piece: text[: at % (len(text) + 1)] + piece + text[at % (len(text) + 1) + gone :],
    VALUES,
    st.integers(min_value=0, max_value=200),
    st.integers(min_value=0, max_value=3),
    st.just("") | PIECES,
)


@given(SOUP | MUTATED | st.text(max_size=12))
@example("1 and(2)")
@example("f:a or/")
@example("/ - 1")
@example("f:a[1]and f:b")
@settings(max_examples=500, deadline=None)
def test_whatever_we_accept_lxml_compiles(text: str) -> None:
    """
    No text is accepted that lxml refuses.
    """
    accepted = not is_refused(text)

    assert not accepted or compile_with_lxml(text).path == text


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_whatever_the_grammar_yields_is_accepted(text: str) -> None:
    """
    An expression built by the grammar is read, unless it costs too much, and lxml compiles it.
    """
    assume(len(text) <= 1000 and max(0, text.count("(") + text.count("[")) <= 20)

    told = {each.remedy for each in problems(text)} if is_refused(text) else set()

    assert told <= {DEEP, ONE}
    assert compile_with_lxml(text).path == text


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_operators_bind_as_in_lxml(text: str) -> None:
    """
    Writing every bracket that the syntax tree implies changes nothing of what lxml finds.
    """
    assume(len(text) <= 500)
    message = etree.fromstring(
        '<a xmlns="http://hl7.org/fhir" x="1">1<b x="2">x<a/></b><b>3<a x="1">2</a></b><div><b/></div></a>'
    )
    tree = parse(text, deepest=100)
    header = message.xpath("f:b", namespaces=NAMESPACES)

    expected = compile_with_lxml(f"descendant-or-self::*[{text}]")(message, header=header)
    actual = compile_with_lxml(f"descendant-or-self::*[{bracketed(tree, text)}]")(message, header=header)

    assert actual == expected


def bracketed(tree: Expr, text: str) -> str:
    """
    The expression of *tree* with brackets around every operation.
    """
    whole = text[tree.start : tree.end]
    match tree:
        case Operation(operators=operators, operands=(first, *rest)):
            whole = bracketed(first, text)
            for operator, operand in zip(operators, rest, strict=True):
                whole = f"({whole} {operator} {bracketed(operand, text)})"
        case Negation(signs=signs, operand=operand):
            whole = f"({'- ' * signs}({bracketed(operand, text)}))"
        case Union(paths=paths):
            whole = f"({' | '.join(bracketed(path, text) for path in paths)})"
        case Group(inner=inner):
            whole = f"({bracketed(inner, text)})"
        case Call(name=name, arguments=arguments):
            whole = f"{name}({', '.join(bracketed(each, text) for each in arguments)})"
        case Filter(base=base, predicates=predicates):
            whole = bracketed(base, text) + conditions(predicates, text)
        case Path(base=base, steps=steps) if steps:
            whole = bracketed(base, text) if base else ""
            for step in steps:
                whole += f"{step.separator}{step.axis}::{step.test}{conditions(step.predicates, text)}"
    return whole


def conditions(predicates: tuple[Expr, ...], text: str) -> str:
    return "".join(f"[{bracketed(each, text)}]" for each in predicates)
