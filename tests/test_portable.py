"""
A checked pack goes into plain JSON and comes back as it was, and nothing else comes back.
"""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itk3_validator import load_pack
from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import Ask
from itk3_validator.pack import portable
from itk3_validator.pack.bundled import bundled, bundled_names
from itk3_validator.pack.model import Each, RulePack
from itk3_validator.pack.portable import NotPortable
from itk3_validator.plan import compile_pack
from pack_folders import write

EVERYTHING = """
namespaces: {x: urn:x}
values: {A: "urn:a:"}
facts:
  recipient: {values: [primary, copy], text: Who it is sent to.}
  mailbox: {unstated: not-applicable, mesh: From_DTS}
selectors:
  header: {xpath: "/f:Bundle/f:entry/f:resource/f:MessageHeader", safe: true}
  code: $header/f:event
  status: $header/f:reason
  subject: {follow: $header/f:focus}
  all: {xpath: "//f:status", expensive: it is a test}
code-lists:
  colours: {codes: {red: Red, blue: Blue}, system: urn:colours}
  sizes: {file: sizes.csv}
  numbers: {range: [1, 9]}
  some: {range: [2, 3], of: sizes}
interactions:
  letter: {title: A letter, published-as: [Letter], requires: {header: present}, clues: {code: {equals: a}}}
  answer: {answers: letter, clues: {any-of: [{code: present}, {status: {one-of: [a, b]}}]}}
rules:
  - {id: A, text: A., check: {header: present, code: {equals: "${A}1"}, status: {one-of: [a, b]}, ./f:a: absent}}
  - {id: B, text: B., check: {code: {none-of: [a]}, status: {in: colours, count: 0..1}, all: {count: 1..*}}}
  - {id: C, text: C., check: {code: {matches: "[a-z]+", some: true}, status: {format: date}, all: {length: 1..3}}}
  - {id: C2, text: C2., check: {all: {sha256: [ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad]}}}
  - {id: D, text: D., check: {$header/f:coding: {coding: {system: urn:s, code: [a, b], display: D}}, all: unique}}
  - {id: E, text: E., check: {status: {row: {of: sizes, key: code, column: long}}, code: {same-as: request.code}}}
  - id: F
    text: F.
    level: SHOULD
    for: letter
    given: {recipient: primary}
    when: {code: present, any-of: [{status: present}, {status: {same-as: fact.mailbox}}]}
    check:
      $header/f:sender:
        refers-to: [{resource: Device, profile: urn:p, where: {f:id: present}}, {resource: Group}]
    message: "{selector} is {found}."
    remedy: Do it.
    response-code: "10008"
    part: Half of it.
    status: deprecated
    source: Somewhere.
    link: https://example.org
  - {id: G, text: G., each: {select: all, count: 1..2}, check: {./f:code: present}}
  - {id: H, text: H., each: all, check: {$header: {order: [id, event]}}}
  - {id: I, text: I., check: {/f:Bundle: {references: resolve}, test: "$fact.recipient = 'a' or $header"}}
  - {id: J, text: J., xpath: "2.0", check: {test: "every $a in $header satisfies $a/f:b"}}
not-checkable:
  - {id: K, because: Nobody sees it.}
"""
SIZES = "code,display,long\n1,One,eins\n2,Two,zwei\n3,Three,\n"


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return write(tmp_path_factory.mktemp("packs"), "everything", EVERYTHING, {"sizes.csv": SIZES})


@pytest.fixture(scope="module")
def whole(everything):
    return load_pack(everything)


def again(pack, folder):
    """
    The pack after it was written and read.
    """
    head, body = json.dumps(portable.head(pack)), json.dumps(portable.body(pack))

    def mend():
        raise AssertionError("the body was not of its shape")

    return portable.unpacked(json.loads(head), lambda: json.loads(body), folder, mend)


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_pack_comes_back(name):
    """
    Every bundled pack equals itself afterwards, field by field, and compiles to as many rules.
    """
    pack = load_pack(name)

    back = again(pack, bundled() / name)

    assert back == pack
    assert {each: getattr(back, each) for each in type(pack).fields} == {
        each: getattr(pack, each) for each in type(pack).fields
    }
    assert repr(back) == repr(pack)
    assert len(compile_pack(back).rules) == len(compile_pack(pack).rules)


def test_everything_that_a_pack_can_say_comes_back(everything):
    """
    So does a pack with every verb and every key.
    """
    pack = load_pack(everything, trust=True)

    back = again(pack, everything)

    assert back == pack
    assert repr(back) == repr(pack)
    assert {ask.verb for rule in pack.rules for ask in rule.check if isinstance(ask, Ask)} == set(VERBS)


def test_what_came_back_pickles_whole(everything):
    """
    Parts that nobody has looked at yet are in the pickle, and are plain tuples and dictionaries there.
    """
    back = pickle.loads(pickle.dumps(again(load_pack(everything), everything)))

    assert back == load_pack(everything)
    assert (type(back.rules), type(back.code_lists)) == (tuple, dict)
    assert {type(each.location) for each in back.selectors.values()} == {tuple}


def spots(plain, path=()):
    """
    The way to every value in plain data.
    """
    yield path
    for key, inner in plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ():
        yield from spots(inner, (*path, key))


def changed(plain, path, value):
    if not path:
        return value
    copy = dict(plain) if isinstance(plain, dict) else list(plain)
    copy[path[0]] = changed(plain[path[0]], path[1:], value)
    return copy


@settings(deadline=None, max_examples=300)
@given(data=st.data(), wrong=st.sampled_from([None, 1, -1.5, True, "x", [], ["x"], {}, {"x": 1}, {"ask": []}]))
def test_another_shape_is_refused_or_harmless(everything, whole, data, wrong):
    """
    A value of another kind anywhere is refused, or gives a pack whose fields are still of their kinds.
    """
    plain = {**portable.head(whole), **portable.body(whole)}
    path = data.draw(st.sampled_from([each for each in spots(plain) if each]))
    broken = changed(plain, path, wrong)
    mended = []

    def mend():
        mended.append(path)
        return whole

    try:
        back = portable.unpacked(broken, lambda: broken, everything, mend)
        _ = list(back.rules), list(back.tests), list(back.archive), list(back.not_checkable), dict(back.code_lists)
        _ = [list(each.location) for each in back.selectors.values()]
    except NotPortable:
        return

    assert mended or portable.head(back) | portable.body(back) == broken


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a-list"),
        pytest.param({}, id="no-field"),
        pytest.param({"name": 1}, id="a-number"),
    ],
)
def test_a_head_of_another_shape_is_refused(everything, head):
    """
    No pack is made of it.
    """
    with pytest.raises(NotPortable):
        portable.unpacked(head, dict, everything, lambda: load_pack(everything))


def test_a_body_of_another_shape_is_read_from_the_files(everything):
    """
    The rules are those of the files then.
    """
    pack = load_pack(everything)

    back = portable.unpacked(portable.head(pack), lambda: {"rules": 7}, everything, lambda: pack)

    assert (tuple(back.rules), dict(back.code_lists)) == (pack.rules, pack.code_lists)


def test_every_field_of_a_pack_is_kept():
    """
    A field that is new to packs has to be said here too, or it would be lost.
    """
    assert {*portable.HEAD, *portable.BODY, "selectors"} == set(RulePack.fields)


def test_every_field_of_a_value_is_kept():
    with pytest.raises(TypeError, match=r"the fields of .*Each.* are others than those that are kept: target"):
        portable.value(Each, target=portable.TARGET)
