"""
Every message goes to the pack and the interaction that govern it, and the report says why, or why not.
"""

from __future__ import annotations

import pytest

from itk3_validator import CallInvalid, Validator
from sample_messages import VALID, changed, text, validator, written

EVENT = ('"ITK007C"', '"ITK014M"')
USE_CASE = ('"SendDocument-OnlineConsultationReport"', '"None"')
DEFINITION = ("ITK-GPConnectSendDocument-MessageDefinition-1", "ITK-Other-MessageDefinition-1")
EVENT_SYSTEM = ("CodeSystem/ITK-MessageEvent-2", "CodeSystem/EventType-1")
HANDLING = ("Extension-ITK-MessageHandling-2", "Extension-Handling-2")
HEADER = ("StructureDefinition/ITK-MessageHeader-2", "StructureDefinition/Event-MessageHeader-1")

MESSAGE = "itk3-message message"
REPORT = "gpcm-sd-oc report"
LETTER = "itk3-outpatient-letter letter"
RESPONSE = "itk3-acknowledgement response"
FIVE = (
    "5 of 5 clues: Bundle.meta.profile, MessageHeader.meta.profile, ITKMessageHandling extension, event.system, "
    "event.code"
)
THREE = "3 of 3 clues: event.code, MessageDefinition, LocalExtension"
FOUR = "4 of 4 clues: event.code, MessageDefinition, OperationOutcome.meta.profile, issue.details.coding.system"
NEAR = "it may be meant as gpcm-sd-oc report ({}), say --pack gpcm-sd-oc to be judged by it"


def asked(report):
    """
    Pack, interaction and why; for a message that nobody knows, its verdict.
    """
    if report.pack is None:
        return str(report.verdict)
    return f"{report.pack} {report.interaction}", report.recognised_by


@pytest.mark.parametrize(
    ("name", "pairs", "expected", "because"),
    [
        pytest.param("gpcm-sd-oc-primary", [], REPORT, THREE, id="report"),
        pytest.param("gpcm-sd-oc-copy", [], REPORT, THREE, id="report to a copy recipient"),
        pytest.param(
            "gpcm-sd-oc-primary",
            [EVENT],
            REPORT,
            "2 of 3 clues: MessageDefinition, LocalExtension; not event.code",
            id="event wrong",
        ),
        pytest.param(
            "gpcm-sd-oc-primary",
            [USE_CASE],
            REPORT,
            "2 of 3 clues: event.code, MessageDefinition; not LocalExtension",
            id="LocalExtension wrong",
        ),
        pytest.param(
            "gpcm-sd-oc-primary",
            [DEFINITION],
            REPORT,
            "2 of 3 clues: event.code, LocalExtension; not MessageDefinition",
            id="MessageDefinition wrong",
        ),
        pytest.param(
            "gpcm-sd-oc-primary",
            [EVENT, USE_CASE],
            MESSAGE,
            f"{FIVE}; {NEAR.format('1 of 3 clues: MessageDefinition; not event.code, LocalExtension')}",
            id="event and LocalExtension wrong",
        ),
        pytest.param(
            "gpcm-sd-oc-primary",
            [EVENT, DEFINITION],
            MESSAGE,
            f"{FIVE}; {NEAR.format('1 of 3 clues: LocalExtension; not event.code, MessageDefinition')}",
            id="event and MessageDefinition wrong",
        ),
        pytest.param(
            "gpcm-sd-oc-primary",
            [USE_CASE, DEFINITION],
            MESSAGE,
            f"{FIVE}; {NEAR.format('1 of 3 clues: event.code; not MessageDefinition, LocalExtension')}",
            id="only the event right",
        ),
        pytest.param("gpcm-sd-oc-primary", [EVENT, USE_CASE, DEFINITION], MESSAGE, FIVE, id="all three wrong"),
        pytest.param(
            "gpcm-sd-oc-primary",
            [EVENT, USE_CASE, HEADER],
            MESSAGE,
            "4 of 5 clues: Bundle.meta.profile, ITKMessageHandling extension, event.system, event.code; "
            "not MessageHeader.meta.profile; "
            + NEAR.format("1 of 3 clues: MessageDefinition; not event.code, LocalExtension"),
            id="an ITK3 message with another header profile",
        ),
        pytest.param("outpatient-letter-copy", [], LETTER, None, id="letter"),
        pytest.param("outpatient-letter-primary", [('"ITK006D"', '"ITK003D"')], LETTER, None, id="letter, event wrong"),
        pytest.param("gpcm-sd-oc-business-response", [], RESPONSE, FOUR, id="business response alone"),
        pytest.param("gpcm-sd-oc-infrastructure-response", [], RESPONSE, FOUR, id="infrastructure response alone"),
        pytest.param("outpatient-letter-business-response", [], RESPONSE, FOUR, id="response to a letter alone"),
        pytest.param(
            "gpcm-sd-oc-business-response",
            [('"ITK008M"', '"ITK007C"')],
            RESPONSE,
            "3 of 4 clues: MessageDefinition, OperationOutcome.meta.profile, issue.details.coding.system; "
            "not event.code",
            id="response with the event of its request",
        ),
        pytest.param(
            "gpcm-sd-oc-business-response",
            [('"ITK008M"', '"ITK007C"'), ("ITK-Response-MessageDefinition-1", "x")],
            MESSAGE,
            f"{FIVE}; it may be meant as itk3-acknowledgement response (2 of 4 clues: "
            "OperationOutcome.meta.profile, issue.details.coding.system; not event.code, MessageDefinition), "
            "say --pack itk3-acknowledgement to be judged by it",
            id="response with two clues of four",
        ),
        pytest.param(
            "gpcm-sd-oc-primary", [("<code ", '<code value="ITK009X"/>\n<code ')], REPORT, THREE, id="code doubled"
        ),
    ],
)
def test_all_packs_compete(name, pairs, expected, because):
    """
    No single clue decides: with one of three wrong the pack still wins, with two it does not; the count is told.
    """
    actual = asked(validator().validate(changed(name, *pairs)))

    assert actual == (expected, because if because is not None else actual[1])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(
            b"<Bundle/>",
            "no pack knows it: the root element is Bundle, which is not in the FHIR namespace",
            id="no namespace",
        ),
        pytest.param(
            b'<Patient xmlns="http://hl7.org/fhir"><id value="x"/></Patient>',
            "no pack knows it: the root element is Patient",
            id="another resource",
        ),
        pytest.param(
            b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>',
            "no pack knows it: the root element is ClinicalDocument, which is not in the FHIR namespace",
            id="CDA",
        ),
    ],
)
def test_another_root_is_told(data, reason):
    """
    What was found of a message without anything that packs look at is its root element.
    """
    report = validator().validate(data)

    assert (str(report.verdict), report.reason, report.pack, report.results) == ("unrecognised", reason, None, ())


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(
            changed("gpcm-sd-oc-primary", EVENT, EVENT_SYSTEM, HANDLING, HEADER),
            [
                "the root element is Bundle",
                "Bundle.meta.profile is https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Message-Bundle-1",
                "MessageHeader.meta.profile is https://fhir.nhs.uk/STU3/StructureDefinition/Event-MessageHeader-1",
                "event.system is https://fhir.nhs.uk/STU3/CodeSystem/EventType-1",
                "event.code is ITK014M",
                (
                    "the nearest is itk3-message message with 2 of 5 clues: Bundle.meta.profile, event.code; "
                    "not MessageHeader.meta.profile, "
                ),
            ],
            id="events message",
        ),
        pytest.param(
            b'<Bundle xmlns="http://hl7.org/fhir"><meta><profile value="https://fhir.nhs.uk/StructureDefinition/BARS"/>'
            b"</meta><entry><resource><MessageHeader><eventCoding><code value='new'/></eventCoding></MessageHeader>"
            b"</resource></entry></Bundle>",
            ["the root element is Bundle", "Bundle.meta.profile is https://fhir.nhs.uk/StructureDefinition/BARS"],
            id="R4",
        ),
    ],
)
def test_what_was_found_is_told(data, found):
    """
    Root, profile and event of a message that nobody knows, and the nearest candidate.
    """
    report = validator().validate(data)

    assert str(report.verdict) == "unrecognised"
    assert [each for each in found if each not in report.reason] == []
    assert "missing: " in report.reason


def test_what_was_found_is_cut():
    """
    A long value or many values do not flood the reason.
    """
    profiles = "".join(f'<profile value="{number}"/>' for number in range(1_000))
    event = f'<event><code value="{"y" * 100_000}"/></event>'
    data = (
        f'<Bundle xmlns="http://hl7.org/fhir"><meta>{profiles}</meta><entry><resource><MessageHeader>{event}'
        "</MessageHeader></resource></entry></Bundle>"
    )
    reason = validator().validate(data.encode()).reason

    assert "Bundle.meta.profile is 0, 1, 2 and 997 more; " in reason
    assert f"event.code is {'y' * 120}…; " in reason


def test_a_payload_alone_is_not_recognised():
    """
    The document Bundle without the message around it: none of the packs claims it.
    """
    whole = text("outpatient-letter-primary")
    start = whole.index("<Bundle>")
    payload = whole[start : whole.rindex("</Bundle>", 0, whole.rindex("</Bundle>")) + len("</Bundle>")]
    report = validator().validate(payload.replace("<Bundle>", '<Bundle xmlns="http://hl7.org/fhir">', 1).encode())

    assert str(report.verdict) == "unrecognised"
    assert "Bundle.meta.profile is https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Document-Bundle-1" in report.reason


SECOND_HEADER = """<entry><resource><MessageHeader>
  <extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-ITK-MessageHandling-2">
    <extension url="LocalExtension"><valueString value="None"/></extension>
  </extension>
  <event><system value="https://fhir.nhs.uk/STU3/CodeSystem/ITK-MessageEvent-2"/><code value="ITK008M"/></event>
  <response><identifier value="x"/><code value="ok"/></response>
</MessageHeader></resource></entry>"""


@pytest.mark.parametrize("where", ["first", "last"])
def test_a_header_in_the_payload_does_not_confuse(where):
    """
    A response's MessageHeader inside the payload Bundle changes neither the interaction nor an outcome of the header.
    """
    whole = text("gpcm-sd-oc-primary")
    payload, end = whole.index("<Bundle>"), whole.rindex("</Bundle>")
    at = whole.index("<entry>", payload) if where == "first" else whole.rindex("</Bundle>", 0, end)
    facts = {"recipient": "primary"}
    plain = validator().validate(whole.encode(), facts=facts)
    report = validator().validate((whole[:at] + SECOND_HEADER + whole[at:]).encode(), facts=facts)
    own = {id: outcome for id, outcome in report.outcomes.items() if id.startswith("GPCM-")}

    assert asked(report) == asked(plain) == (REPORT, THREE)
    assert own == {id: outcome for id, outcome in plain.outcomes.items() if id.startswith("GPCM-")}


# the request of a response


@pytest.mark.parametrize(
    ("request_", "expected", "because"),
    [
        pytest.param(
            VALID / "gpcm-sd-oc-primary.xml",
            "gpcm-sd-oc response",
            f"it answers a report of this pack; {FOUR}",
            id="report",
        ),
        pytest.param(
            VALID / "outpatient-letter-primary.xml",
            "itk3-outpatient-letter response",
            f"it answers a letter of this pack; {FOUR}",
            id="letter",
        ),
        pytest.param(changed("gpcm-sd-oc-primary", EVENT, USE_CASE), RESPONSE, FOUR, id="ITK3 message of no pack"),
        pytest.param(VALID / "gpcm-sd-oc-business-response.xml", RESPONSE, FOUR, id="another response"),
        pytest.param(b"<Bundle/>", RESPONSE, FOUR, id="unrecognised"),
        pytest.param(b"<Bundle", RESPONSE, FOUR, id="unreadable"),
        pytest.param(None, RESPONSE, FOUR, id="none"),
    ],
)
def test_a_response_belongs_to_the_pack_of_its_request(request_, expected, because):
    """
    With a request that a pack knows, the response is that pack's; else it is of no special use case.
    """
    report = validator().validate(VALID / "gpcm-sd-oc-business-response.xml", request=request_)

    assert asked(report) == (expected, because)


def test_a_response_with_every_clue_wrong_still_answers_its_request():
    """
    What the request tells is not put to the vote of clues.
    """
    pairs = [('"ITK008M"', '"ITK007C"'), ("ITK-Response-MessageDefinition-1", "x"), ("-OperationOutcome-1", "y")]
    response = changed("gpcm-sd-oc-business-response", *pairs)
    clues = (
        "1 of 4 clues: issue.details.coding.system; not event.code, MessageDefinition, OperationOutcome.meta.profile"
    )
    report = validator().validate(response, request=VALID / "gpcm-sd-oc-primary.xml")

    assert asked(report) == ("gpcm-sd-oc response", f"it answers a report of this pack; {clues}")


def test_an_unreadable_request_is_told_where_it_is_needed():
    """
    The rules that compare with the request stay undecided and say what is wrong with it.
    """
    report = validator("gpcm-sd-oc").validate(VALID / "gpcm-sd-oc-business-response.xml", request=b"<Bundle")
    told = {each.message for each in report.results if each.outcome == "undecided"}

    assert str(report.verdict) == "undecided"
    assert report.outcomes["GPCM-SD-OC-155"] == "undecided"
    assert {each.startswith("the request cannot be read: ") for each in told} == {True}


def test_a_request_does_not_make_a_report_a_response():
    """
    A message that is no response is judged as what it is, whatever it is said to answer.
    """
    report = validator().validate(VALID / "gpcm-sd-oc-copy.xml", request=VALID / "gpcm-sd-oc-primary.xml")

    assert asked(report) == (REPORT, THREE)


# the caller names packs


@pytest.mark.parametrize(
    ("packs", "name", "pairs", "expected", "because"),
    [
        pytest.param(
            ["gpcm-sd-oc"], "gpcm-sd-oc-primary", [], REPORT, f"the pack was named; {THREE}", id="report of its pack"
        ),
        pytest.param(
            ["gpcm-sd-oc"],
            "gpcm-sd-oc-primary",
            [EVENT, USE_CASE, DEFINITION],
            REPORT,
            "the pack was named; 0 of 3 clues",
            id="requires alone is enough",
        ),
        pytest.param(
            ["gpcm-sd-oc"],
            "outpatient-letter-primary",
            [],
            REPORT,
            "the pack was named; 0 of 3 clues",
            id="a message of another pack",
        ),
        pytest.param(
            ["gpcm-sd-oc"],
            "gpcm-sd-oc-business-response",
            [],
            "gpcm-sd-oc response",
            f"the pack was named; {FOUR}",
            id="response without its request",
        ),
        pytest.param(
            ["itk3-message"],
            "gpcm-sd-oc-primary",
            [],
            MESSAGE,
            f"the pack was named; {FIVE}",
            id="the general pack",
        ),
        pytest.param(
            ["itk3-acknowledgement"],
            "gpcm-sd-oc-primary",
            [],
            "itk3-acknowledgement message",
            f"the pack was named; {FIVE}",
            id="inherited interaction where no own one holds",
        ),
        pytest.param(
            ["gpcm-sd-oc", "itk3-outpatient-letter"],
            "outpatient-letter-copy",
            [],
            LETTER,
            None,
            id="two packs, a letter",
        ),
        pytest.param(
            ["gpcm-sd-oc", "itk3-outpatient-letter"],
            "gpcm-sd-oc-primary",
            [EVENT, USE_CASE],
            REPORT,
            "the pack was named; 1 of 3 clues: MessageDefinition; not event.code, LocalExtension",
            id="two packs, the larger share of few clues",
        ),
        pytest.param(
            ["itk3-message", "gpcm-sd-oc"],
            "gpcm-sd-oc-primary",
            [],
            REPORT,
            f"the pack was named; {THREE}",
            id="a pack goes before the one it extends",
        ),
    ],
)
def test_named_packs(packs, name, pairs, expected, because):
    """
    Only the named packs compete, and what an interaction requires is enough.
    """
    actual = asked(validator(*packs).validate(changed(name, *pairs)))

    assert actual == (expected, because if because is not None else actual[1])


def test_a_tie_of_named_packs_names_both():
    """
    A response without its request could be either pack's.
    """
    packs = validator("gpcm-sd-oc", "itk3-outpatient-letter")
    response = VALID / "gpcm-sd-oc-business-response.xml"

    assert packs.validate(response).reason == (
        f"it could be gpcm-sd-oc response ({FOUR}) and itk3-outpatient-letter response ({FOUR}); "
        "give its request, or say which with --pack or --interaction"
    )
    assert asked(packs.validate(response, request=VALID / "outpatient-letter-copy.xml")) == (
        "itk3-outpatient-letter response",
        f"the pack was named; it answers a letter of this pack; {FOUR}",
    )


def test_what_a_named_pack_requires_must_hold(tmp_path):
    """
    A pack that is named does not take a message that lacks what its interactions require.
    """
    pack = written(
        tmp_path,
        "strict",
        """
selectors: {header: {xpath: /f:Bundle/f:entry/f:resource/f:MessageHeader}}
interactions: {thing: {requires: {header: present}, clues: {/f:Bundle/f:id: present}}}
rules: [{id: S-1, text: There is an id., check: {/f:Bundle/f:id: present}}]
""",
    )
    strict = Validator(packs=[pack])

    assert strict.validate(b'<Bundle xmlns="http://hl7.org/fhir"><id value="1"/></Bundle>').reason == (
        "no pack knows it: the root element is Bundle"
    )
    assert asked(strict.validate(VALID / "gpcm-sd-oc-primary.xml")) == (
        "strict thing",
        "the pack was named; 1 of 1 clues: id",
    )


USE_CASES = """
extends: [itk3-message@1]
interactions:
  note:
    requires: {response: absent}
    clues: {event: {equals: ITK007C}, SenderReference: present}
rules: []
"""


def test_a_tie_of_two_packs_names_both(tmp_path):
    """
    Packs that nothing tells apart: unrecognised, both are named, and how the caller can say which.
    """
    first, second = (written(tmp_path, name, USE_CASES) for name in ("note-a", "note-b"))
    report = Validator(packs=[second, first]).validate(VALID / "gpcm-sd-oc-primary.xml")
    clues = "2 of 2 clues: event.code, SenderReference"

    assert (str(report.verdict), report.reason) == (
        "unrecognised",
        f"it could be note-b note ({clues}) and note-a note ({clues}); say which with --pack or --interaction",
    )
    assert asked(Validator(packs=[first]).validate(VALID / "gpcm-sd-oc-primary.xml")) == (
        "note-a note",
        f"the pack was named; {clues}",
    )


DERIVED = """
extends: [gpcm-sd-oc@1]
change: {values: {use-case: SendDocument-Other}}
"""


@pytest.mark.parametrize("order", [[0, 1], [1, 0]], ids=["base first", "derived first"])
@pytest.mark.parametrize(
    ("use_case", "expected"),
    [
        pytest.param("SendDocument-Other", "gpcm-sd-other report", id="of the derived"),
        pytest.param("SendDocument-OnlineConsultationReport", "gpcm-sd-oc report", id="of the base"),
        pytest.param("None", "gpcm-sd-other report", id="of neither: the derived one goes before its base"),
    ],
)
def test_a_derived_pack_beside_its_base(tmp_path, order, use_case, expected):
    """
    The larger share of clues wins; where it is the same, the pack that extends the other.
    """
    packs = ["gpcm-sd-oc", written(tmp_path, "gpcm-sd-other", DERIVED)]
    report = Validator(packs=[packs[each] for each in order]).validate(
        changed("gpcm-sd-oc-primary", (USE_CASE[0], f'"{use_case}"'))
    )

    assert f"{report.pack} {report.interaction}" == expected


# the caller says what kind of message it is


@pytest.mark.parametrize(
    ("name", "interaction", "expected", "because"),
    [
        pytest.param("gpcm-sd-oc-primary", "report", REPORT, THREE, id="as it is"),
        pytest.param("outpatient-letter-copy", "report", REPORT, "0 of 3 clues", id="against every clue"),
        pytest.param(
            "gpcm-sd-oc-business-response", "report", REPORT, "0 of 3 clues", id="against what the report requires"
        ),
        pytest.param("gpcm-sd-oc-primary", "message", MESSAGE, FIVE, id="the general interaction"),
        pytest.param("gpcm-sd-oc-business-response", "response", RESPONSE, FOUR, id="response"),
        pytest.param("gpcm-sd-oc-business-response", "message", MESSAGE, FIVE, id="response as a message"),
    ],
)
def test_a_stated_interaction(name, interaction, expected, because):
    """
    The caller's word counts more than clues and requirements.
    """
    report = validator().validate(VALID / f"{name}.xml", interaction=interaction)

    assert asked(report) == (expected, f"the interaction was named; {because}")


def test_a_stated_interaction_of_a_named_pack():
    """
    Both are told.
    """
    report = validator("gpcm-sd-oc").validate(VALID / "gpcm-sd-oc-primary.xml", interaction="message")

    assert asked(report) == ("gpcm-sd-oc message", f"the pack was named; the interaction was named; {FIVE}")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        pytest.param(
            {"interaction": "raport"},
            "no pack knows the interaction 'raport'; did you mean 'report'?",
            id="interaction",
        ),
        pytest.param(
            {"interaction": "xyzzy"},
            "no pack knows the interaction 'xyzzy'; known are letter, message, report, response",
            id="interaction like no other",
        ),
        pytest.param(
            {"facts": {"recipent": "primary"}},
            "no pack declares the fact 'recipent'; did you mean 'recipient'?",
            id="fact",
        ),
        pytest.param(
            {"facts": {"colour": "blue"}},
            "no pack declares the fact 'colour'; known are mailbox, recipient",
            id="fact like no other",
        ),
        pytest.param(
            {"facts": {"recipient": "primry"}},
            "what is stated for the fact 'recipient' is none of its values: primary, copy",
            id="fact's value",
        ),
        pytest.param(
            {"facts": {"recipient": ""}},
            "the fact 'recipient' is stated as nothing; state a value, or leave it out",
            id="fact without a value",
        ),
        pytest.param(
            {"facts": {"mailbox": " "}},
            "the fact 'mailbox' is stated as nothing; state a value, or leave it out",
            id="blank fact, any value",
        ),
        pytest.param(
            {"facts": {"recipient": "GPPROVIDER_9434765919_SMITH"}},
            "what is stated for the fact 'recipient' is none of its values: primary, copy",
            id="fact that is patient data",
        ),
        pytest.param(
            {"facts": {"recipient": True}}, "the fact 'recipient' is stated as bool, which is no text", id="no text"
        ),
        pytest.param(
            {"facts": {"mailbox": 7}}, "the fact 'mailbox' is stated as int, which is no text", id="no text, any value"
        ),
    ],
)
def test_what_no_pack_knows_is_the_callers_mistake(call, told):
    """
    An unknown interaction, fact or value raises, before the message is looked at, and names what was probably meant.
    """
    with pytest.raises(CallInvalid) as raised:
        validator().validate(b"", **call)

    assert str(raised.value) == told


def test_no_pack_declares_any_fact(tmp_path):
    """
    Without anything to suggest the sentence ends where it should.
    """
    pack = written(tmp_path, "bare", "rules: [{id: B-1, text: One., check: {/f:Bundle: present}}]\n")
    bare = Validator(packs=[pack])

    with pytest.raises(CallInvalid) as fact:
        bare.validate(b"<a/>", facts={"x": "y"})
    with pytest.raises(CallInvalid) as interaction:
        bare.validate(b"<a/>", interaction="x")

    assert (str(fact.value), str(interaction.value)) == (
        "no pack declares the fact 'x'",
        "no pack knows the interaction 'x'",
    )


NOT_A_NUMBER = '<Bundle xmlns="http://hl7.org/fhir"><id value="John Smith 9434765919"/><type value="message"/></Bundle>'
DIVIDES = """
xpath: "2.0"
selectors: {{type: /f:Bundle/f:type}}
interactions: {{thing: {{{}}}}}
rules: [{{id: S-1, text: There is a type., check: {{type: present}}}}]
"""
NOT_RUN = "could not be run (ElementPathValueError)"
REQUIREMENT = f"requirement {NOT_RUN}"
RAISES = 'test: "xs:integer(/f:Bundle/f:id/@value) = 1"'


@pytest.mark.parametrize(
    ("interaction", "expected"),
    [
        pytest.param(
            f"clues: {{type: present, {RAISES}}}",
            (
                "strict thing",
                f"the pack was named; 1 of 2 clues: type; not test; test: the clue {NOT_RUN}",
            ),
            id="clue",
        ),
        pytest.param(
            f"requires: {{{RAISES}}}, clues: {{type: present}}",
            "no pack knows it: the root element is Bundle; it is not asked whether it is strict thing, "
            f"test: the {REQUIREMENT}",
            id="requirement",
        ),
        pytest.param(
            f"requires: {{{RAISES}, type: absent}}",
            "no pack knows it: the root element is Bundle",
            id="requirement beside one that does not hold",
        ),
    ],
)
def test_recognition_that_cannot_be_run_leaves_a_report(tmp_path, interaction, expected):
    """
    A clue that raises is missed, a requirement that raises does not hold; both are told, without what was in the text.
    """
    report = Validator(packs=[written(tmp_path, "strict", DIVIDES.format(interaction))]).validate(NOT_A_NUMBER.encode())

    assert (asked(report) if report.pack else report.reason) == expected


def test_a_requirement_that_cannot_be_run_is_told_beside_the_winner(tmp_path):
    """
    Another pack that claims the message says why the first was not considered.
    """
    raises = written(tmp_path, "strict", DIVIDES.format(f"requires: {{{RAISES}}}"))
    plain = written(tmp_path, "plain", DIVIDES.format("clues: {type: present}"))
    report = Validator(packs=[raises, plain]).validate(NOT_A_NUMBER.encode())

    assert asked(report) == (
        "plain thing",
        f"the pack was named; 1 of 1 clues: type; it is not asked whether it is strict thing, test: the {REQUIREMENT}",
    )


def test_a_request_that_cannot_be_recognised_leaves_a_report(tmp_path):
    """
    What raises while the request is looked at stops nothing.
    """
    strict = Validator(packs=[written(tmp_path, "strict", DIVIDES.format(f"clues: {{type: present, {RAISES}}}"))])

    assert str(strict.validate(NOT_A_NUMBER.encode(), request=NOT_A_NUMBER.encode()).verdict) == "valid"


@pytest.mark.parametrize(
    ("pairs", "facts", "told"),
    [
        pytest.param([], {"recipient": "primary"}, None, id="asked"),
        pytest.param(
            [EVENT, USE_CASE, DEFINITION],
            {"recipient": "primary"},
            "the fact recipient is not asked by itk3-message",
            id="not asked",
        ),
        pytest.param(
            [EVENT, USE_CASE, DEFINITION],
            {"recipient": "primary", "mailbox": "m"},
            "the fact recipient is not asked by itk3-message; the fact mailbox is not asked by itk3-message",
            id="neither asked",
        ),
    ],
)
def test_a_fact_stated_to_no_effect_is_told(pairs, facts, told):
    """
    The caller learns that the pack which judges the message does not ask for what was stated.
    """
    plain = validator().validate(changed("gpcm-sd-oc-primary", *pairs)).recognised_by
    report = validator().validate(changed("gpcm-sd-oc-primary", *pairs), facts=facts)

    assert report.recognised_by == (f"{plain}; {told}" if told else plain)


def test_a_fact_with_a_value_of_another_pack_is_told(tmp_path):
    """
    Two packs may declare the same fact with other values; what was stated is not repeated.
    """
    body = "facts: {{size: {{values: [{}]}}}}\ninteractions: {{thing: {{clues: {{{}}}}}}}\nrules: []\n"
    small = written(tmp_path, "small", body.format("s", "/f:Bundle/f:type: present"))
    large = written(tmp_path, "large", body.format("l", "/f:Bundle/f:type: absent"))
    report = Validator(packs=[small, large]).validate(NOT_A_NUMBER.encode(), facts={"size": "l"})

    assert asked(report) == (
        "small thing",
        "the pack was named; 1 of 1 clues: type; the fact size is stated with a value that small does not know",
    )
