"""
Nodes are found from the place above: the same ones, in the same order, as the XPath written out finds from the root.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itk3_validator import Validator
from itk3_validator.fhir import Node
from itk3_validator.message import Message, parse
from itk3_validator.nodes import Nodes
from itk3_validator.plan import BoundAsk, compile_pack
from itk3_validator.query import Child, Query, Ways, cuts
from itk3_validator.source import Source
from pack_builder import validator
from reference_evaluator import written_out

SAMPLE = Path(__file__).parent.parent / "samples" / "valid" / "gpcm-sd-oc-primary.xml"
# Each place may stand on others, as publications name them.
SELECTORS = {
    "bundle": "/f:Bundle",
    "a": "/f:Bundle/f:a",
    "first": "(/f:Bundle/f:a/f:b)[1]",
    "b": "$a/f:b",
    "again": "$b",
    "keyed": "$again/f:a[@url='x']",
    "keyed-otherwise": "$again/f:a[@url='y']",
    "c": "$b/f:c",
    "below-first": "$first/f:c/f:b",
    "below-keyed": "$keyed/f:c[@url='x']/f:b",
    "second": "$b/f:c[2]",
    "last": "$a[last()]/f:b",
    "some": "$a[f:b/@url='x']",
    "below-some": "$some/f:c",
    "any": "$a/f:*",
    "of-any": "$any/f:c",
    "star": "$bundle/*",
    "of-star": "$star/f:b/f:c",
    "joined": "$a | $b | $c",
    "of-joined": "$joined/f:b",
    "of-joined-keyed": "$joined/f:b[@url='x']/f:c",
    "parents": "$c/..",
    "of-parents": "$parents/f:c",
    "urls": "$b/@url",
    "some-urls": "$urls[. = 'x']",
    "bracketed": "$a/f:b[@url='] | [']/f:c",
    "nested": "$a[f:b[@url='x']]/f:b",
    "twice": "$a/f:b[@url='x'][f:c]",
    "by-name": "$a/*[local-name()='b']/f:c",
    "unlike": "$b[@url != 'x']/f:c",
    "first-of-two": "($a/f:b | $a/f:c)[1]",
    "below-first-of-two": "$first-of-two/f:c[@url='x']",
}
RULES = "".join(f"  - {{id: R-{name}, text: It is there., check: {{{name}: present}}}}\n" for name in SELECTORS)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Query, str]]:
    """
    By its name each place as a plan finds it, and the XPath written out.
    """
    quoted = "".join(f'  {name}: "{text}"\n' for name, text in SELECTORS.items())
    pack = validator(tmp_path_factory.mktemp("nodes"), f"selectors:\n{quoted}rules:\n{RULES}").packs[0]
    asked = [rule.check[0] for rule in compile_pack(pack).rules]
    queries = [ask.bound.query for ask in asked if isinstance(ask, BoundAsk) and ask.bound is not None]
    return {name: (query, written_out(f"${name}", pack)) for name, query in zip(SELECTORS, queries, strict=True)}


def plainly(message: Message, written: str) -> list[Node]:
    found: list[Node] = message.root.xpath(written, namespaces={"f": "http://hl7.org/fhir"})
    return found


def where(nodes: list[Node]) -> list[object]:
    """
    An attribute is another text each time it is found: it is known by its element and its value.
    """
    return [(node.getparent(), str(node)) if isinstance(node, str) else node for node in nodes]


elements = st.recursive(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y", "] | ["]), st.just(())),
    lambda inner: st.tuples(
        st.sampled_from("abc"), st.sampled_from(["", "x", "y"]), st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=25,
)


def written(element: tuple[str, str, tuple[object, ...]]) -> str:
    name, url, inner = element
    return f"<{name}{f' url={chr(34)}{url}{chr(34)}' if url else ''}>{''.join(map(written, inner))}</{name}>"  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(tree=st.lists(elements, max_size=5), order=st.permutations(list(SELECTORS)))
def test_a_place_is_found_as_its_xpath_finds_it(places, tree, order):
    """
    Whatever a message holds, and in whatever order places are asked for.
    """
    text = f'<Bundle xmlns="http://hl7.org/fhir">{"".join(map(written, tree))}</Bundle>'
    message = parse(Source("made.xml", text.encode()))
    nodes = Nodes(message)

    found = {name: where(nodes[places[name][0]]) for name in order}

    assert found == {name: where(plainly(message, places[name][1])) for name in order}


def test_the_trees_that_are_made_hold_every_place(places):
    """
    Else the test above would not see much.
    """
    inner = '<b url="x"><c url="x"><b/></c><c/></b>'
    deep = f'<a><b url="x">{inner}<a url="x"><c url="x"><b/></c></a><a url="y"/><c url="x"><b/></c><c/></b><c/></a>'
    more = '<a><b url="] | ["><c/></b><b url="y"><c/></b><c><b url="x"><c/></b></c></a>'
    message = parse(Source("made.xml", f'<Bundle xmlns="http://hl7.org/fhir">{deep}{more}</Bundle>'.encode()))

    assert [name for name, (_, xpath) in places.items() if not plainly(message, xpath)] == []


def test_a_plan_that_grows_is_followed():
    """
    Rules are compiled when a message needs them: places that come later are found below what was walked before.
    """
    a = Query("/f:Bundle/f:a", {"f": "http://hl7.org/fhir"})
    namespaces = a.namespaces
    message = parse(Source("made.xml", b'<Bundle xmlns="http://hl7.org/fhir"><a><b/><c/></a></Bundle>'))
    nodes = Nodes(message)
    b = Query("/f:Bundle/f:a/f:b", namespaces, (), a, "/f:b")
    before = nodes[b]
    c = Query("/f:Bundle/f:a/f:c", namespaces, (), a, "/f:c")

    assert [before, nodes[c], nodes[b]] == [[message.root[0][0]], [message.root[0][1]], [message.root[0][0]]]


@pytest.mark.parametrize(
    "pieces", [("/f:b", "/f:c"), ("/f:b[@url='x']", "/f:c[@id='y']"), ("/f:c[@url='x']", "/f:c[@id='y']")]
)
def test_a_plan_may_grow_while_nodes_are_gone_through(pieces):
    """
    In another thread: what is found of the new place is all of it, or is looked for when it is asked for.
    """
    a = Query("/f:Bundle/f:a", {"f": "http://hl7.org/fhir"})
    message = parse(
        Source(
            "made.xml",
            b'<Bundle xmlns="http://hl7.org/fhir"><a><b url="x"/><c url="x" id="y"/><c id="y"/></a></Bundle>',
        )
    )
    nodes = Nodes(message)
    made = []

    class Growing(list):
        """
        The other thread comes between the children.
        """

        def __iter__(self):
            for each in super().__iter__():
                yield each[:2]
                made.append(below(pieces[1]))
                yield each[2:]

    def below(piece):
        return Query(f"{a.text}{piece}", a.namespaces, (), a, piece)

    first = below(pieces[0])
    nodes[a] = Growing(nodes[a])
    found = [nodes[first], nodes[made[0]]]

    assert found == [plainly(message, each.text) for each in (first, made[0])]


def test_ways_may_grow_while_they_are_gone_through():
    """
    By an attribute that no place named before.
    """
    ways = Ways()
    query = Query("/f:Bundle/f:a", {"f": "http://hl7.org/fhir"})
    ways.add(query, Child("b", "url", "x"))
    going = iter(ways.by_attribute.items())
    ways.add(query, Child("b", "id", "y"))

    assert [list(going), list(ways.by_attribute)] == [[("url", {"x": [query]})], ["url", "id"]]


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("$header/f:event/f:code", "$header/f:event"),
        ("/f:Bundle/f:type", "/f:Bundle"),
        ("/f:Bundle[f:id]/f:type", "/f:Bundle[f:id]"),
        ("$a/f:b[@url='/f:c']", "$a"),
        ("$a/f:b[f:c[@url=']']]/@url", "$a/f:b[f:c[@url=']']]"),
        ("$a[1]", "$a"),
        ("$a[1][f:b]", "$a"),
        ("$a/*[2]", "$a"),
        ("$a/f:b/f:*", "$a/f:b"),
        ('$a/f:b[@url="it\'s"]', "$a"),
    ],
)
def test_the_place_above(text, above):
    """
    What stands before the last step, where all steps go down.
    """
    assert text[: cuts(text)[-1]] == above


@pytest.mark.parametrize(
    "text",
    [
        "/f:Bundle",
        "$a",
        "($a/f:b)[1]",
        "$a//f:b",
        "//f:a/f:b",
        "$a/f:b/..",
        "$a/parent::f:b",
        "$a/child::f:b",
        "$a/text()",
        "$a/f:b | $a/f:c",
        "$a/f:b|$a/f:c",
        "$a/f:b = 'x'",
        "$a/f:b[@url=$c]",
        "$a/f:b[@url='x'",
        "$a/f:b and $a/f:c",
        "count($a/f:b)",
        "./f:a/f:b",
        "f:a/f:b",
        "/f:a/node()/f:b",
        "$a/f:b ",
    ],
)
def test_what_has_no_place_above(text):
    """
    It is found by its whole XPath.
    """
    assert cuts(text) == ()


@pytest.mark.parametrize("step", ["/f:a", "/f:a[@url='x']", "/f:a[1]", "/*"])
def test_a_place_may_lie_deep(step):
    """
    One anchor below the other, or none, without a call for each.
    """
    deep = 240
    namespaces = {"f": "http://hl7.org/fhir"}
    text = f'<a xmlns="{namespaces["f"]}">' + '<a url="x">' * deep + "<b/>" + "</a>" * (deep + 1)
    message = parse(Source("made.xml", text.encode()))
    query = Query("/f:a", namespaces)
    for _ in range(deep):
        query = Query(f"{query.text}{step}", namespaces, (), query, step)

    assert Nodes(message)[query] == [next(message.root.iter("{*}b")).getparent()]


def test_a_judged_message_is_gone_at_once():
    """
    Without the garbage collector: large ones must not wait for it.
    """
    judge = Validator(["gpcm-sd-oc"], remember=False)
    gc.collect()
    gc.disable()
    try:
        before = left()
        verdict = judge.validate(SAMPLE).verdict
        after = left()
    finally:
        gc.enable()

    assert (verdict, after) == ("undecided", before)


def left() -> int:
    return sum(isinstance(each, (Message, Nodes)) for each in gc.get_objects())
