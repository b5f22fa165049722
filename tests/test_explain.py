"""
`itk3 explain`: what a rule, a verb, a selector, an interaction, a fact, a code list or a code means.
"""

from __future__ import annotations

import pytest

from itk3_validator import load_pack, load_packs
from itk3_validator.adapters.cli import main
from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import Ask
from itk3_validator.checks.formats import FORMATS
from itk3_validator.checks.verb import Wrong
from itk3_validator.plan import BoundAsk, compile_pack
from itk3_validator.workshop.explaining.examples import FORMATTED, example_of
from itk3_validator.workshop.explaining.text import render_explanations
from itk3_validator.workshop.explaining.topics import explain
from itk3_validator.workshop.explaining.verb_examples import VERB_EXAMPLES
from pack_builder import write_pack

PACK = """
facts:
  recipient: {values: [primary, copy], text: To whom it goes.}
  mailbox: {unstated: not-applicable}
selectors:
  header: {xpath: "(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]", safe: true}
  Ack: {xpath: "$header/f:extension[@url='Ack']/f:valueBoolean", safe: true}
  event: $header/f:event/f:code
  source: $header/f:source/f:endpoint
  never: /f:Bundle/f:link
  composition: /f:Bundle/f:entry/f:resource/f:Composition
  patient: {follow: $composition/f:subject}
code-lists:
  answers: {file: answers.csv, system: "https://x/answers"}
  good: {range: [30001, 30002], of: answers}
interactions:
  letter:
    title: Letter
    requires: {header: {count: 1..*}}
    clues: {event: {equals: T1}}
rules:
  - id: A-1
    text: Ack is true.
    for: letter
    given: {recipient: primary}
    check: {Ack: {equals: "true"}}
    remedy: Set Ack to true.
    response-code: "10008"
    source: Page 1, A-1
    link: https://x/page
    part: Nothing else.
  - id: A-2
    text: Every answer is listed.
    level: SHOULD
    when: {event: {equals: T1}, header: {count: 1..1}}
    check: {event: {count: 1..*, in: good}}
  - id: A-3
    text: No link.
    level: MUST NOT
    check: {never: absent}
  - id: A-4
    text: One or the other.
    status: draft
    check: {any-of: [{event: present}, {source: {same-as: fact.mailbox}}]}
  - id: A-5
    text: Entries have a fullUrl.
    level: MAY
    each: {select: "/f:Bundle/f:entry", count: 1..*}
    when: {./f:resource: {count: 1..1}}
    check: {./f:fullUrl: {format: uuid}, test: "count(/f:Bundle/f:entry) > 1"}
  - id: A-6
    text: The patient was born.
    check: {$patient/f:birthDate: {format: date}}
not-checkable:
  - {id: A-7, because: no message shows it}
"""

ANSWERS = """\
code,display,severity
10008,Handling error,fatal
30001,Known here,information
30002,Not here,error
"""

A_1 = """\
A-1: Ack is true.
  pack:          small 1.0.0
  level:         MUST; a message that breaks it is invalid
  asked of:      letter (Letter)
  source:        Page 1, A-1
  document:      a test
  link:          https://x/page
  given:         recipient is primary, as the caller states

  Ack is 'true'
    passes:
      <Bundle xmlns="http://hl7.org/fhir">
        <entry>
          <resource>
            <MessageHeader>
              <extension url="Ack">
                <valueBoolean value="true"/>
              </extension>
            </MessageHeader>
          </resource>
        </entry>
      </Bundle>
    fails:
      <valueBoolean value="false"/>
      missing, empty, or there twice

  remedy:        Set Ack to true.
  part:          Nothing else.
  answer:        response code 10008, Handling error (severity fatal)
"""

A_2 = """\
A-2: Every answer is listed.
  pack:          small 1.0.0
  level:         SHOULD; breaking it is a warning
  asked of:      every interaction
  document:      a test
  only when:     event is 'T1'; and there is exactly one header

  every event is one of 30001, 30002, and there is at least one
    passes:
      <Bundle xmlns="http://hl7.org/fhir">
        <entry>
          <resource>
            <MessageHeader>
              <event>
                <code value="30001"/>
              </event>
            </MessageHeader>
          </resource>
        </entry>
      </Bundle>
      '30001' is Known here
    fails:
      <code value="30003"/>
      missing
      an empty one
"""

A_3 = """\
A-3: No link.
  pack:          small 1.0.0
  level:         MUST NOT; a message that breaks it is invalid
  asked of:      every interaction
  document:      a test

  never is not there
    must not be there:
      <Bundle xmlns="http://hl7.org/fhir">
        <link>…</link>
      </Bundle>
"""

A_4 = """\
A-4: One or the other.
  pack:          small 1.0.0
  level:         MUST; a message that breaks it is invalid
  status:        draft
  asked of:      every interaction
  document:      a test

  One of these holds:
  alternative 1
  event has a value
"""

A_5 = """\
A-5: Entries have a fullUrl.
  pack:          small 1.0.0
  level:         MAY; breaking it is only noted
  asked of:      every interaction
  document:      a test
  each:          asked of every /f:Bundle/f:entry for which there is exactly one ./f:resource; there is at least one

  ./f:fullUrl is a UUID such as urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7
    passes:
      <Bundle xmlns="http://hl7.org/fhir">
        <entry>
          <fullUrl value="urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"/>
        </entry>
      </Bundle>
    fails:
      <fullUrl value="53fefa32-fcbb-4ff8-8a92-55ee120877b7"/>
      missing, empty, or there twice

  this is true: count(/f:Bundle/f:entry) > 1
"""

A_7 = """\
A-7: a requirement that no message can show
  pack:          small 1.0.0
  because:       no message shows it
"""

SELECTOR = """\
Ack: a place in the message
  pack:          small 1.0.0
  path:          $header/f:extension[@url='Ack']/f:valueBoolean
  values:        shown in reports
      <Bundle xmlns="http://hl7.org/fhir">
        <entry>
          <resource>
            <MessageHeader>
              <extension url="Ack">
                <valueBoolean value="…"/>
              </extension>
            </MessageHeader>
          </resource>
        </entry>
      </Bundle>
  used by:       A-1
"""

INTERACTION = """\
letter: an interaction
  pack:          small 1.0.0
  title:         Letter
  requires:      there is at least one header
  clue:          event is 'T1'
  rules:         5; 1 of them say for: letter
"""

FACT = """\
recipient: a fact that the caller states
  pack:          small 1.0.0
  means:         To whom it goes.
  values:        primary or copy
  unstated:      what depends on it is undecided
  state it:      itk3 validate --fact recipient=primary
  used by:       A-1
"""

CODE_LIST = """\
answers: a code list
  pack:          small 1.0.0
  system:        https://x/answers
  holds:         3 codes
    10008  Handling error
    30001  Known here
    30002  Not here
"""

CODE = """\
10008: a code
  pack:          small 1.0.0
  display:       Handling error
  system:        https://x/answers
  severity:      fatal
  listed in:     answers
  answers:       what a receiver answers when A-1 fails
"""

VERB = """\
equals: a verb
  The value is exactly this text. Nothing is trimmed.

    check:
      BusAckRequested: {equals: "true"}

  passes:        'true'
  fails:         'false', 'True', 'true ' (nothing is trimmed); missing, empty, or there twice
"""


@pytest.fixture
def told(tmp_path, capsys):
    """
    What `itk3 explain` says by the small pack.
    """
    pack = write_pack(tmp_path, PACK, files={"answers.csv": ANSWERS})

    def run(*names):
        assert main(["explain", *names, "--pack", str(pack)]) == 0
        return capsys.readouterr().out

    # The pack is not bundled, so what it calls safe is not believed.
    return lambda *names: run(*names).replace("may be patient data, masked in reports", "shown in reports")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("A-1", A_1, id="rule"),
        pytest.param("A-2", A_2, id="rule-with-conditions"),
        pytest.param("A-3", A_3, id="what-must-not-be-there"),
        pytest.param("A-5", A_5, id="rule-asked-of-each"),
        pytest.param("A-7", A_7, id="not-checkable"),
        pytest.param("Ack", SELECTOR, id="selector"),
        pytest.param("letter", INTERACTION, id="interaction"),
        pytest.param("recipient", FACT, id="fact"),
        pytest.param("answers", CODE_LIST, id="code-list"),
        pytest.param("10008", CODE, id="code"),
    ],
)
def test_explained(told, name, expected):
    """
    The whole text is what an analyst reads.
    """
    assert told(name) == expected


def test_a_draft_and_alternatives(told):
    """
    A draft is explained like any other rule, each alternative by itself.
    """
    text = told("A-4")

    assert text.startswith(A_4)
    assert "\n  alternative 2\n  source is the mailbox that the caller states\n    passes:\n" in text


def test_a_place_in_another_resource(told):
    """
    What follows a reference says which.
    """
    assert (
        "  $patient/f:birthDate is a date such as 2026-01-31, 2026-01 or 2026\n"
        "    $patient is the resource that $composition/f:subject refers to\n"
    ) in told("A-6")


def test_a_verb(told):
    """
    A verb has its sentence, an example, what passes and what fails, and the rules that use it.
    """
    assert told("equals") == f"{VERB}  used by:       A-1\n"


def test_several_names_and_several_meanings(told):
    """
    Names are explained one after the other, and a name that means two things is told twice.
    """
    assert told("A-3", "A-7") == f"{A_3}\n{A_7}"
    assert told("source").startswith("source: a place in the message\n")


def test_several_packs(tmp_path):
    """
    Packs that mean the same are told together, the one that is extended first; what is changed is told apart.
    """
    write_pack(tmp_path, PACK, files={"answers.csv": ANSWERS})
    same = write_pack(tmp_path, "extends: [small@1]", name="same")
    other = write_pack(tmp_path, "extends: [small@1]\ndrop: {A-3: linked}", name="other")
    packs = [load_pack(other), load_pack(same), load_pack(tmp_path / "small")]

    assert [each.packs for each in explain("A-1", packs)] == [("small 1.0.0", "other 1.0.0", "same 1.0.0")]
    assert [(each.title, each.packs) for each in explain("A-3", packs)] == [
        ("A-3: No link.", ("small 1.0.0", "same 1.0.0")),
        ("A-3: left out by other", ("other 1.0.0",)),
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("GPCM-SD-OC-1477", "did you mean 'GPCM-SD-OC-147'?", id="rule"),
        pytest.param("equal", "did you mean 'equals'?", id="verb"),
        pytest.param("BusAckReqested", "did you mean 'BusAckRequested'?", id="selector"),
        pytest.param("gpcm-sd-c", "did you mean 'gpcm-sd-oc'?", id="pack"),
        pytest.param("143", "did you mean 'GPCM-SD-OC-143'?", id="end-of-an-id"),
    ],
)
def test_an_unknown_name(capsys, name, told):
    """
    A name that nobody knows is told with the nearest that is known: status 2.
    """
    assert main(["explain", name]) == 2
    assert capsys.readouterr().err == f"itk3: nothing is called {name!r}; {told}\n"


def test_every_name_of_the_bundled_packs():
    """
    Whatever the bundled packs name can be explained, and shows no word of the engine.
    """
    packs = load_packs()
    names = {rule.id for pack in packs for rule in pack.rules}
    names |= {name for pack in packs for name in (*pack.selectors, *pack.interactions, *pack.facts, *pack.code_lists)}
    text = "".join(render_explanations(explain(name, packs)) for name in sorted(names))

    assert [word for word in ("None)", "Ask(", "Target(", "<function", "lambda") if word in text] == []


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_an_example_that_loads(tmp_path, name):
    """
    The example of a verb is a check that can be written as it stands.
    """
    check = VERB_EXAMPLES[name].written
    rule = f"rules:\n  - id: A-1\n    text: x\n    check:\n      {check}\n"
    pack = load_pack(write_pack(tmp_path, f"extends: [itk3-message@1]\n{rule}"))

    [ask] = next(rule for rule in pack.rules if rule.id == "A-1").check
    assert name in (ask.verb, "count" if ask.count else "")


def test_every_format_has_an_example():
    """
    The good value of a format passes it, and the other fails.
    """
    assert sorted(FORMATTED) == sorted(FORMATS)
    assert [name for name, (good, _) in FORMATTED.items() if FORMATS[name].wrong(good) is not None] == []
    assert [name for name, (_, bad) in FORMATTED.items() if bad is not None and FORMATS[name].wrong(bad) is None] == []


def test_examples_of_the_bundled_rules():
    """
    For the checks of single values, the passing example passes and the failing one fails.
    """
    asked = [each for pack in load_packs() for each in _values(pack)]
    wrong = [
        (rule, ask.verb, example)
        for rule, ask, check, example in asked
        if check.wrong(example.value, None, None) is not None
        or (example.wrong is not None and not isinstance(check.wrong(example.wrong, None, None), Wrong))
    ]

    assert wrong == []
    assert {ask.verb for _, ask, _, _ in asked} >= {"equals", "one-of", "none-of", "in", "matches", "format", "length"}


def _values(pack):
    plan = compile_pack(pack)
    for bound in plan.rules:
        for ask, check in zip((*bound.rule.check, *bound.rule.when), (*bound.check, *bound.when), strict=False):
            if isinstance(ask, Ask) and isinstance(check, BoundAsk) and ask.verb in _ALONE:
                yield bound.rule.id, ask, check.check, example_of(ask, pack)


_ALONE = ("equals", "one-of", "none-of", "in", "matches", "format", "length")


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        pytest.param("ITK[0-9]{3}[A-Z]?", "ITK000A", id="optional"),
        pytest.param("(ab|cd)+", "ab", id="choice"),
        pytest.param(".*", "A", id="anything"),
        pytest.param(r"\d{2,4}", "00", id="counted"),
        pytest.param(r"[^ ]+@x\.org", "A@x.org", id="escaped"),
    ],
)
def test_a_value_of_a_pattern(tmp_path, pattern, value):
    """
    The example of a pattern is a value that it matches.
    """
    pack = load_pack(
        write_pack(tmp_path, f"rules: [{{id: A-1, text: x, check: {{/f:Bundle: {{matches: '{pattern}'}}}}}}]")
    )
    [ask] = pack.rules[0].check

    assert example_of(ask, pack).value == value


def test_an_unknown_number(capsys):
    """
    Of a number that is neither a code nor the end of an id nothing near is offered: the lists are named.
    """
    assert main(["explain", "30099", "--pack", "itk3-acknowledgement"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("itk3: nothing is called '30099'; it is a code of no code list (")
    assert told.endswith("), and no id ends with it\n")


def test_a_pack(capsys):
    """
    The name of a pack leads to the list of its rules.
    """
    (pack,) = load_packs(["gpcm-sd-oc"])

    assert main(["explain", "gpcm-sd-oc"]) == 0
    assert capsys.readouterr().out == (
        "gpcm-sd-oc: a pack\n"
        f"  pack:          gpcm-sd-oc {pack.version}\n"
        f"  title:         {pack.title}\n"
        "  extends:       itk3-message, itk3-acknowledgement\n"
        f"  rules:         {len(pack.rules)}, inherited ones too; itk3 rules gpcm-sd-oc lists them\n"
    )


def test_a_renamed_id(tmp_path, capsys):
    """
    An inherited id that the pack changes is told with the new one.
    """
    pack = write_pack(tmp_path, "extends: [gpcm-sd-oc@1]\nids: {GPCM-SD-OC-147: X-1}\nrules: []\n", name="mine")

    assert main(["explain", "GPCM-SD-OC-147", "--pack", str(pack)]) == 0
    assert capsys.readouterr().out == (
        "GPCM-SD-OC-147: another id in mine\n  pack:          mine 1.0.0\n  now:           X-1\n"
    )


def test_an_id_renamed_twice(tmp_path, capsys):
    """
    What a pack that is extended renamed is told with the id that it has in the end.
    """
    write_pack(tmp_path, "extends: [gpcm-sd-oc@1]\nids: {GPCM-SD-OC-147: X-1}\nrules: []\n", name="mine")
    pack = write_pack(tmp_path, "extends: [mine@1]\nids: {X-1: Y-1}\nrules: []\n", name="yours")

    assert main(["explain", "GPCM-SD-OC-147", "--pack", str(pack)]) == 0
    assert "  now:           Y-1\n" in capsys.readouterr().out
