"""
The automatic proof: strong rules are proved, weak ones are found, and what must not matter does not.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from itk3_validator import load_pack, load_packs
from itk3_validator.checks import VERBS
from itk3_validator.checks.formats import FORMATS
from itk3_validator.plan import compile_pack
from itk3_validator.workshop.proof import Proof, Verdict, prove
from itk3_validator.workshop.proof.breaks import BREAKERS
from itk3_validator.workshop.proof.breaks.wrong_formats import WRONG
from pack_builder import FHIR, write_pack

SD = "https://fhir.nhs.uk/STU3/StructureDefinition/"
MESSAGE = f"""\
<Bundle xmlns="{FHIR}">
  <type value="message"/>
  <entry>
    <fullUrl value="urn:uuid:1"/>
    <resource>
      <MessageHeader>
        <id value="h-1"/>
        <extension url="Flag"><valueBoolean value="true"/></extension>
        <extension url="Number"><valueString value="30001"/></extension>
        <event><system value="urn:events"/><code value="E1"/><display value="Event one"/></event>
        <sender><reference value="urn:uuid:2"/></sender>
        <timestamp value="2024-05-16T10:15:00+00:00"/>
        <response><identifier value="h-1"/><code value="ok"/></response>
      </MessageHeader>
    </resource>
  </entry>
  <entry>
    <fullUrl value="urn:uuid:2"/>
    <resource>
      <Organization>
        <id value="2"/>
        <meta><profile value="{SD}Org-1"/></meta>
        <identifier><system value="urn:ods"/><value value="A83008"/></identifier>
        <identifier><system value="urn:ods"/><value value="A83009"/></identifier>
        <name value="One"/>
      </Organization>
    </resource>
  </entry>
  <entry>
    <fullUrl value="urn:uuid:3"/>
    <resource>
      <Practitioner>
        <id value="3"/>
        <photo><contentType value="image/png"/></photo>
        <qualification><issuer><reference value="urn:uuid:2"/></issuer></qualification>
      </Practitioner>
    </resource>
  </entry>
</Bundle>
"""
HEAD = f"""\
interactions: {{letter: {{}}}}
facts:
  recipient: {{values: [primary, copy]}}
  mailbox: {{}}
selectors:
  header: "(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]"
  id: $header/f:id
  flag: "$header/f:extension[@url='Flag']/f:valueBoolean"
  number: "$header/f:extension[@url='Number']/f:valueString"
  event: $header/f:event
  event-code: $header/f:event/f:code
  event-display: $header/f:event/f:display
  sender: $header/f:sender
  receiver: $header/f:receiver
  timestamp: $header/f:timestamp
  organisation: {{follow: $sender}}
  identifiers: /f:Bundle/f:entry/f:resource/f:Organization/f:identifier
  codes: /f:Bundle/f:entry/f:resource/f:Organization/f:identifier/f:value
  urls: /f:Bundle/f:entry/f:fullUrl
  entries: /f:Bundle/f:entry
values: {{SD: "{SD}"}}
code-lists:
  events: {{codes: {{E1: Event one, E2: Event two}}, system: "urn:events"}}
  numbers: {{codes: ["30001", "30002", "30003"], system: "urn:numbers"}}
  some-numbers: {{range: [30001, 30002], of: numbers}}
  any-number: {{range: [30000, 39999]}}
"""


@pytest.fixture
def proved(tmp_path: Path):
    """
    The proof of one rule on one message, with further tests of its pack.
    """

    def run(
        rule: str, *tests: str, message: str = MESSAGE, text: str = "It is so.", more: tuple[str, str] | None = None
    ) -> Proof:
        body = f"""{HEAD}rules:
  - id: R
    text: {text}
    {rule}
tests:
  - {{message: m.xml, request: m.xml, facts: {{recipient: primary, mailbox: E1}}, expect: pass}}
""" + "".join(f"  - {each}\n" for each in tests)
        pack = write_pack(tmp_path, body, files={"m.xml": message, **dict([more] if more else [])})
        (proof,) = prove([compile_pack(load_pack(pack))])
        return proof

    return run


STRONG = {
    "present": "check: {flag: present}",
    "absent": "check: {receiver: absent}",
    "absent-by-or": 'check: {"$header/f:*[self::f:author or self::f:reason]": absent}',
    "count": "check: {sender: {count: 1..1}}",
    "count-of-what-is-not-there": "check: {receiver: {count: 0..1}}",
    "equals": 'check: {flag: {equals: "true"}}',
    "one-of": 'check: {flag: {one-of: ["true", unknown]}}',
    "none-of": "check: {number: {none-of: [None, none, NONE]}}",
    "in": "check: {number: {in: some-numbers}}",
    "matches": 'check: {number: {matches: "[0-9]{5}"}}',
    "format": "check: {timestamp: {format: instant}}",
    "length": "check: {number: {length: 5}}",
    "sha256": "check: {flag: {sha256: [b71ff395264e955dc5c1d449b3ece6f91e22cf430d8e64b744564ae8f3354319]}}",
    "coding": "check: {event: {coding: {system: 'urn:events', code: E1}}}",
    "coding-in-a-list": "check: {event: {coding: {system: 'urn:events', in: events, display: Event one}}}",
    "row": (
        "check: {event: {coding: {system: 'urn:events', in: events}},"
        " event-display: {row: {of: events, key: event-code, column: display}}}"
    ),
    "refers-to": 'check: {sender: {refers-to: {resource: Organization, profile: "${SD}Org-1"}}}',
    "refers-to-where": "check: {sender: {refers-to: {resource: Organization, where: {./f:name: {equals: One}}}}}",
    "refers-to-one-of-two": "check: {sender: {refers-to: [{resource: Device}, {resource: Organization}]}}",
    "same-as": "check: {$header/f:response/f:identifier: {same-as: id}}",
    "same-as-request": "check: {$header/f:response/f:identifier: {same-as: request.id}}",
    "same-as-fact": "check: {event-code: {same-as: fact.mailbox}, event: {coding: {system: 'urn:events'}}}",
    "unique": "check: {urls: unique}",
    "order": "check: {/f:Bundle/f:entry/f:resource/f:MessageHeader: {order: [id, event, sender, timestamp, response]}}",
    "references": "check: {/f:Bundle/f:entry/f:resource/f:Practitioner: {references: resolve}}",
    "test": "check: {test: \"count($entries) = 3 and $flag/@value = 'true' and count($flag) = 1\"}",
    "each": "each: identifiers\n    check: {./f:system: {equals: 'urn:ods'}}",
    "each-with-count": "each: {select: identifiers, count: 2}\n    check: {./f:value: present}",
    "every-value": "check: {codes: {count: 1..*, format: ods-code}}",
    "any-of": 'check: {any-of: [{flag: {equals: "true"}}, {sender: present}]}',
    "given": "given: {recipient: primary}\n    check: {flag: present}",
    "when": "when: {event: present}\n    check: {flag: {equals: 'true'}}",
    "value-of-followed": "check: {$organisation/f:name: {equals: One}}",
}


@pytest.mark.parametrize("name", STRONG)
def test_a_strong_rule_is_proved(proved, name: str) -> None:
    """
    Every break of every check is noticed, and the rule stays quiet where only the writing differs.
    """
    proof = proved(STRONG[name])

    assert proof.told == ()
    assert proof.holds
    assert proof.number(Verdict.KILLED) >= 1
    assert proof.neutral > 0


SURVIVES = {
    "one-value-is-enough": (
        "check: {flag: {equals: 'true', some: true}}",
        "flag equals: when another value stands beside the good one, the rule still passes",
    ),
    "any-one-of-several": (
        "check: {codes: {one-of: [A83008, A83009], some: true}}",
        "codes one-of: when another value stands beside the good one, the rule still passes",
    ),
    "selects-nothing": (
        "check: {\"$header/f:extension[f:url='Flag']/f:valueBoolean\": {count: 0..1, equals: 'true'}}",
        "no message of the tests and samples passes the rule; add a test that shows one",
    ),
    "absent-in-no-namespace": (
        "check: {\"$header/f:extension[f:url='Flag']\": absent}",
        "$header/f:extension[f:url='Flag'] absent: when it is inserted, the rule still passes",
    ),
    "each-over-nothing": (
        "each: /f:Bundle/f:entry/f:resource/f:Patient\n    check: {./f:name: present}",
        "no message of the tests and samples passes the rule; add a test that shows one",
    ),
    "pattern-of-anything": (
        'check: {number: {matches: ".*"}}',
        "number matches: when the value is a few strange characters, the rule still passes",
    ),
    "pattern-open-at-the-end": (
        'check: {number: {matches: "[0-9 a-z-]*"}}',
        "number matches: when the value is another, the rule still passes",
    ),
    "pattern-followed-by-anything": (
        'check: {number: {matches: "3[0-9]{4}.*"}}',
        "number matches: when the value is followed by anything, the rule still passes",
    ),
    "test-that-passes-over-a-bad-value": (
        "check: {test: \"$codes[starts-with(@value, 'A83')]\"}",
        (
            "$codes[starts-with(@value, 'A83')] test: when one of the 2 of $codes[starts-with(@value, 'A83')] has "
            "another value, the rule still passes"
        ),
    ),
    "test-that-passes-over-a-bad-value-in-a-path": (
        "check: {test: \"$header/f:event/f:code[contains(@value, 'E')]\"}",
        (
            "$header/f:event/f:code[contains(@value, 'E')] test: when $header/f:event/f:code[contains(@value, 'E')] "
            "is there once more with another value, the rule still passes"
        ),
    ),
    "test-that-is-silent-on-what-is-gone": (
        "check: {test: \"not($event-code/@value != 'E1')\"}",
        "not($event-code/@value != 'E1') test: when $event-code/@value is removed, the rule still passes",
    ),
    "list-beyond-the-code-system": (
        "check: {number: {in: any-number}}",
        "number in: when the value is 30004, and the rule's text says 30001 to 30003, the rule still passes",
    ),
    "too-long-for-the-text": (
        "check: {number: {length: 1..300}}",
        "number length: when the value has 256 characters, and the rule's text says 1 to 255, the rule still passes",
    ),
    "switched-off-by-its-when": (
        "when: {flag: {format: boolean}}\n    check: {flag: {count: 1..*, one-of: ['true', 'false']}}",
        "flag one-of: whatever breaks it switches the rule off, so that it never fails",
    ),
    "switched-off-by-its-each": (
        "each: \"$header/f:extension[@url='Flag']\"\n    check: {./@url: {equals: Flag}}",
        "./@url equals: whatever breaks it switches the rule off, so that it never fails",
    ),
    "only-the-first-of-several": (
        "check: {'($flag)[1]': {equals: 'true'}}",
        "($flag)[1] equals: when it is there twice, the rule still passes",
    ),
    "any-namespace": (
        "check: {\"$header/*[local-name()='timestamp']\": {format: instant}}",
        "$header/*[local-name()='timestamp'] format: when it stands in another namespace, the rule still passes",
    ),
    "any-extension": (
        "check: {\"$header/f:extension[contains(@url, 'Flag')]/f:valueBoolean\": {equals: 'true'}}",
        (
            "$header/f:extension[contains(@url, 'Flag')]/f:valueBoolean equals: when the url of its extension has "
            "a character more at its end, the rule still passes"
        ),
    ),
    "code-without-its-system": (
        "check: {event-code: {equals: E1}}",
        "event-code equals: when the code is of another system, the rule still passes",
    ),
    "chosen-by-a-code-alone": (
        "check: {\"$header/f:event[f:code/@value='E1']\": {count: 1..1}}",
        (
            "$header/f:event[f:code/@value='E1'] count: when the code by which it is chosen is of another system, "
            "the rule still passes"
        ),
    ),
    "test-that-is-always-true": (
        'check: {test: "count($sender) >= 0"}',
        "count($sender) >= 0 test: when $sender is removed, the rule still passes",
    ),
    "test-where-any-value-will-do": (
        "check: {test: \"$flag/@value = 'true'\"}",
        "$flag/@value = 'true' test: when $flag/@value is there once more with another value, the rule still passes",
    ),
    "test-of-a-boolean": (
        "check: {test: \"$flag/@value = ('true' or 'false')\"}",
        "$flag/@value = ('true' or 'false') test: when the value of $flag/@value is another, the rule still passes",
    ),
    "test-with-a-part-that-has-no-say": (
        'check: {test: "count($flag) = 1 or count($sender) = 1"}',
        "count($flag) = 1 or count($sender) = 1 test: when $flag is removed, the rule still passes",
    ),
    "row-with-a-key-that-nobody-looks-at": (
        "check: {event-display: {row: {of: events, key: event-code, column: display}}}",
        "event-display row: when the key is removed, the rule no longer applies",
    ),
    "an-alternative-that-is-never-shown": (
        "check: {any-of: [{sender: present}, {receiver: {equals: x}}]}",
        "receiver equals: no message that the rule passes has it; add a test that shows one",
    ),
    "resource-of-any-type": (
        (
            "when: {sender: {refers-to: {resource: Organization}}}\n"
            "    check: {sender: {refers-to: {resource: Organization}, count: 0..*}}"
        ),
        "sender refers-to: whatever breaks it switches the rule off, so that it never fails",
    ),
}


@pytest.mark.parametrize("name", SURVIVES)
def test_a_weak_rule_is_found(proved, name: str) -> None:
    """
    What survives is told with the check, what was done, and where.
    """
    rule, told = SURVIVES[name]
    text = "It goes from 30001 to 30003 and has 1 to 255 characters." if "text" in told else "It is so."
    proof = proved(rule, text=text)

    assert not proof.holds
    assert [each for each in proof.told if each.startswith(told)] != [], proof.told


STIRRED = {
    "number-of-an-entry": (
        "check: {'/f:Bundle/f:entry[2]/f:resource/f:Organization': present}",
        "entries after the first in another order",
    ),
    "number-of-a-part": (
        "check: {\"$header/f:extension[@url='Flags']/f:extension[1]/f:valueString\": {equals: one}}",
        "parts of extensions in another order",
    ),
    "prefix": ("check: {test: \"name($sender) = 'sender'\"}", "another prefix"),
    "white-space": ("check: {test: 'string-length($header) > 3'}", "no white space between elements"),
}


@pytest.mark.parametrize("name", STIRRED)
def test_what_must_not_matter_is_told_where_it_does(proved, name: str) -> None:
    """
    A rule that hangs on the order of entries, on the prefix or on white space is not proved.
    """
    rule, words = STIRRED[name]
    parts = "".join(f'<extension url="{each}"><valueString value="{each}"/></extension>' for each in ("one", "two"))
    message = MESSAGE.replace("<event>", f'<extension url="Flags">{parts}</extension><event>', 1)
    proof = proved(rule, message=message)

    told = [each for each in proof.told if f"when only the writing is another: {words}" in each]
    assert len(told) == 1
    assert told[0].startswith("it is pass, and fail when")
    assert not proof.holds


def test_a_rule_that_says_why_it_cannot_be_proved_does_not_fail_the_run(proved) -> None:
    """
    `unprovable` is told, and the survivors stay in the proof.
    """
    proof = proved('unprovable: the value is free text\n    check: {number: {matches: ".*"}}')

    assert (proof.holds, proof.told, proof.unprovable) == (True, (), "the value is free text")
    assert len(proof.survivors) > 0


def test_a_rule_that_is_proved_may_not_say_that_it_is_unprovable(proved) -> None:
    """
    The word is out of date once the proof succeeds.
    """
    proof = proved("unprovable: nobody knows\n    check: {flag: present}")

    assert proof.told == ("the rule says that it is unprovable, and it is proved; remove 'unprovable'",)
    assert not proof.holds


def test_a_test_shows_that_other_values_beside_the_good_one_are_meant(proved) -> None:
    """
    `some: true` is proved when a test of the pack passes with a further value that alone would not do.
    """
    rule = "check: {/f:Bundle/f:entry/f:fullUrl: {equals: 'urn:uuid:1', some: true}}"
    profile = (
        "check: {/f:Bundle/f:entry/f:resource/f:Organization/f:meta/f:profile: {equals: '${SD}Org-1', some: true}}"
    )
    further = "/f:Bundle/f:entry/f:resource/f:Organization/f:meta/f:profile"

    assert proved(rule).holds
    assert not proved(profile).holds
    assert proved(profile, f"{{message: m.xml, insert: {{{further}: urn:x}}, expect: pass}}").holds


def test_what_switches_a_rule_off_is_excused_and_counted(proved) -> None:
    """
    With the value in its `when` a rule cannot speak of a missing one; another rule of the pack does.
    """
    proof = proved("when: {number: present}\n    check: {number: {equals: '30001'}}")
    excused = {each.what: (str(each.outcome), each.why) for each in proof.mutations if each.verdict is Verdict.EXCUSED}
    off = ("not-applicable", "its 'when' no longer holds, and no other rule tells it")

    assert proof.holds
    assert excused == dict.fromkeys(
        (
            "it is removed",
            "it stands in another namespace",
            "it stands a level too high",
            "the url of its extension has a character more at its end",
            "the url of its extension has a space at its end",
            "the url of its extension has capitals for small letters and small ones for capitals",
            "the value is empty",
            "the value is a space",
            "the value is a tab and a line break",
            "the element is there with nothing in it",
        ),
        off,
    )


def test_every_mutation_tells_what_was_done_where_and_what_came_of_it(proved) -> None:
    """
    The mutations of one small check, word for word.
    """
    proof = proved("check: {sender: {count: 1..1}}")
    header = "/f:Bundle/f:entry[1]/f:resource/f:MessageHeader"

    assert [(each.what, each.place, str(each.outcome), str(each.verdict)) for each in proof.mutations] == [
        ("it is removed", f"{header}/f:sender", "fail", "killed"),
        ("it is there twice", f"{header}/f:sender", "fail", "killed"),
        ("it stands in another namespace", f"{header}/f:sender", "fail", "killed"),
        ("it stands a level too high", f"{header}/f:sender", "fail", "killed"),
    ]
    assert (proof.fired, proof.quiet, proof.not_applicable, proof.undecided) == (4, 1, 0, 0)
    assert (proof.rule, proof.pack, proof.verbs) == ("R", "small", ("count",))
    assert {each.base for each in proof.mutations} == {"m.xml, recipient=primary, mailbox=E1"}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param("check: {test: \"not($event-code/@value != 'E1')\"}", "Every code is E1.", id="every"),
        pytest.param("check: {test: \"not($id) or $id/@value = 'h-1' and count($id) = 1\"}", "It is so.", id="not"),
        pytest.param("check: {test: \"count($codes[@value = 'A83008']) = 1\"}", "It stands there once.", id="count"),
        pytest.param('check: {test: "count($sender) <= 1"}', "There is at most one sender.", id="at-most"),
        pytest.param("check: {test: \"$codes[starts-with(@value, 'A83')]\"}", "One of its codes is A83.", id="one"),
        pytest.param('check: {number: {matches: "3[0-9]{4}.*"}}', "It begins with five digits.", id="begins"),
    ],
)
def test_what_the_rule_says_itself_is_no_hole(proved, rule: str, text: str) -> None:
    """
    It speaks of what may be missing, of one that is enough, or of the beginning.
    """
    assert proved(rule, text=text).told == ()


def test_what_another_rule_tells_of_a_removal_is_named(tmp_path: Path) -> None:
    """
    A test that says nothing of what is gone is proved where another rule of the pack does.
    """
    body = f"""{HEAD}rules:
  - {{id: R, text: It is so., check: {{test: "not($event-code/@value != 'E1')"}}}}
  - {{id: S, text: The code is E1., check: {{event-code: {{equals: E1}}}}}}
tests:
  - {{message: m.xml, expect: pass}}
"""
    pack = write_pack(tmp_path, body, files={"m.xml": MESSAGE})
    (proof,) = prove([compile_pack(load_pack(pack))], only=["R"])

    assert proof.told == ()
    assert [(each.verdict, each.why) for each in proof.mutations if each.what.endswith("is removed")] == [
        (Verdict.EXCUSED, "S tells it")
    ]


def test_a_break_that_survives_in_several_messages_is_told_once(proved) -> None:
    """
    With their number, and the place in the first.
    """
    again = "{message: n.xml, expect: pass}"
    proof = proved('check: {test: "count($sender) >= 0"}', again, more=("n.xml", MESSAGE.replace("One", "Two")))

    (told,) = [each for each in proof.told if "$sender is removed" in each]
    assert told == (
        "count($sender) >= 0 test: when $sender is removed, the rule still passes; in 2 messages, first at "
        "/f:Bundle/f:entry[1]/f:resource/f:MessageHeader/f:sender of m.xml, recipient=primary, mailbox=E1"
    )


@pytest.mark.parametrize(
    ("rule", "place", "quoted"),
    [
        pytest.param("check: {receiver: present}", "receiver", "receiver", id="check"),
        pytest.param("when: {receiver: present}\n    check: {flag: present}", "receiver", "receiver", id="when"),
        pytest.param("check: {test: $header/f:evnt}", "$header/f:evnt", "'$header/f:evnt'", id="test"),
        pytest.param(
            "each: $header/f:focus\n    check: {./f:id: present}", "$header/f:focus", "'$header/f:focus'", id="each"
        ),
    ],
)
def test_a_path_that_finds_nothing_anywhere_is_named(proved, rule: str, place: str, quoted: str) -> None:
    """
    Before a test is asked for that cannot be written.
    """
    shown = f"itk3 try {quoted} MESSAGE --pack DIR shows why"

    assert proved(rule).told == (
        f"{place} finds nothing in any message of the tests and samples; {shown}",
        "no message of the tests and samples passes the rule; add a test that shows one",
    )


def test_a_message_that_passes_is_needed(proved) -> None:
    """
    A rule that fails on everything at hand is not proved by that.
    """
    proof = proved("check: {flag: {equals: maybe}}")

    assert proof.told == ("no message of the tests and samples passes the rule; add a test that shows one",)
    assert (proof.fired, proof.quiet, proof.mutations) == (1, 0, ())


def test_two_runs_agree(proved) -> None:
    """
    Nothing hangs on chance: the same mutations in the same order, with the same words.
    """
    rule = STRONG["refers-to"]

    assert proved(rule) == proved(rule)
    assert proved(rule).as_json() == proved(rule).as_json()


def test_the_json_holds_plain_values(proved) -> None:
    """
    What was killed is counted, what was not is listed.
    """
    document = proved("check: {flag: {count: 1..1}}").as_json()

    assert json.loads(json.dumps(document)) == document
    assert document == {
        "rule": "R",
        "pack": "small",
        "holds": True,
        "verbs": ["count"],
        "mutations": {"made": 7, "killed": 7, "survived": 0, "excused": 0},
        "neutral": 9,
        "fired": 7,
        "quiet": 1,
        "not-applicable": 0,
        "undecided": 0,
        "problems": [],
        "unprovable": None,
        "not-killed": [],
    }


def test_own_rules_inherited_rules_and_named_rules() -> None:
    """
    Without more the rules that a pack has a say in; all of them when asked; or those that are named.
    """
    plan = compile_pack(load_pack("itk3-acknowledgement"))
    own = {rule.id for rule in plan.pack.rules if rule.pack == "itk3-acknowledgement"}
    named = "ITK-Message-Bundle-1#Bundle.type"

    assert {each.rule for each in prove([plan])} == own
    assert [each.rule for each in prove([plan], only=[named])] == [named]
    assert {each.rule for each in prove([plan], inherited=True)} == {rule.id for rule in plan.pack.rules}


def test_every_rule_of_the_bundled_packs_is_proved() -> None:
    """
    At 100 %, none unprovable, each by a mutation that it noticed; and in less than 20 seconds.
    """
    start = time.process_time()
    proofs = prove([compile_pack(pack) for pack in load_packs()])
    seconds = time.process_time() - start

    assert {each.rule: each.told for each in proofs if not each.holds} == {}
    assert [each.rule for each in proofs if each.unprovable or not each.number(Verdict.KILLED)] == []
    assert len(proofs) == len({(rule.pack, rule.id) for pack in load_packs() for rule in pack.rules})
    assert seconds < 20


def test_every_verb_has_breaks() -> None:
    """
    A new verb needs a module here before rules that use it can be proved.
    """
    assert set(BREAKERS) == set(VERBS)


def test_every_format_has_values_that_it_refuses() -> None:
    """
    And the values are refused, else a rule could not be proved at all.
    """
    assert set(WRONG) == set(FORMATS)
    assert [
        (name, text) for name, wrongs in WRONG.items() for _, text in wrongs if FORMATS[name].wrong(text) is None
    ] == []


DEFECTS = {
    "name-without-at-but-prefixed": ("10003", "no message of the tests and samples passes the rule"),
    "boolean-in-sequence": ("20004/2", "when the value of f:contentType/@value is another, the rule still passes"),
    "any-value-matches": ("20004", "is there once more with another value, the rule still passes"),
    "any-value-matches/2": ("20004/2", "when another value stands beside the good one, the rule still passes"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_published_defects_that_load_do_not_get_through(tmp_path: Path, name: str) -> None:
    """
    The linter tells them; the proof finds them by itself, too.
    """
    rule, told = DEFECTS[name]
    folder = tmp_path / name.partition("/")[0]
    shutil.copytree(Path(__file__).parent / "packs" / "defects" / folder.name, folder)
    with (folder / "tests.yaml").open("w", encoding="utf-8") as file:
        file.write("tests:\n  - {message: valid/outpatient-letter-primary.xml, expect: pass}\n")
    (proof,) = prove([compile_pack(load_pack(folder))], only=[rule])

    assert not proof.holds
    assert any(told in each for each in proof.told), proof.told


BASE = """\
interactions: {letter: {}}
values: {word: "true"}
selectors: {flag: "/f:Bundle/f:entry/f:resource/f:MessageHeader/f:extension[@url='Flag']/f:valueBoolean"}
rules:
  - {id: R1, text: It is so., check: {flag: {equals: "${word}"}}}
  - {id: R2, text: It is so., check: {/f:Bundle/f:type: {equals: message}}}
tests:
  - {message: m.xml, expect: pass}
"""


def test_a_rule_that_is_changed_by_a_value_is_proved_again(tmp_path: Path) -> None:
    """
    It needs a message that passes it in the pack that changes it; what is the same as before needs none.
    """
    write_pack(tmp_path, BASE, name="base", files={"m.xml": MESSAGE})
    head = 'interactions: {}\nextends: [base@1]\nchange: {values: {word: "false"}}\n'
    other = MESSAGE.replace('<valueBoolean value="true"/>', '<valueBoolean value="false"/>')
    before, after = (
        prove([compile_pack(load_pack(write_pack(tmp_path, head + tests, name=name, files={"m.xml": message})))])
        for name, tests, message in (
            ("without", "tests: [{message: m.xml, expect: {fail: R1}}]\n", MESSAGE),
            ("with", "tests: [{message: m.xml, expect: pass}]\n", other),
        )
    )

    assert [(each.rule, each.told) for each in before] == [
        ("R1", ("no message of the tests and samples passes the rule; add a test that shows one",))
    ]
    assert [(each.rule, each.told) for each in after] == [("R1", ())]


def test_inherited_rules_are_proved_on_the_tests_of_their_own_pack(tmp_path: Path) -> None:
    """
    Who takes a rule over need not write its tests again.
    """
    write_pack(tmp_path, BASE, name="base", files={"m.xml": MESSAGE})
    text = "interactions: {}\nextends: [base@1]\nrules: [{id: R3, text: It is so., check: {flag: present}}]\n"
    tests = "tests:\n  - {message: m.xml, expect: pass}\n"
    pack = write_pack(tmp_path, text + tests, name="derived", files={"m.xml": MESSAGE})

    assert [(each.rule, each.told) for each in prove([compile_pack(load_pack(pack))], inherited=True)] == [
        ("R1", ()),
        ("R2", ()),
        ("R3", ()),
    ]


def test_the_root_element_is_neither_removed_nor_doubled(proved) -> None:
    """
    A check of the whole Bundle is proved by what is in it.
    """
    proof = proved("check: {/f:Bundle: {references: resolve}}")

    assert proof.told == ()
    assert "it is removed" not in {each.what for each in proof.mutations}


def test_an_xpath_2_expression_is_proved_by_the_paths_in_it(proved) -> None:
    """
    What our reader does not know is looked through for plain paths.
    """
    proof = proved("xpath: '2.0'\n    check: {test: \"every $e in $entries satisfies exists($e/f:fullUrl)\"}")

    assert proof.told == ()
    assert proof.number(Verdict.KILLED) >= 1
