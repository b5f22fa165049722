"""
The ITK3 response: which code, what it repeats, when there is none, and that it keeps the rules for responses itself.
"""

from __future__ import annotations

import os
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from unicodedata import category
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from itk3_validator import CallInvalid, Limits, Outcome, Responder, Result, Validator, Verdict, load_packs
from itk3_validator.plan import compile_pack
from itk3_validator.report.answer import ORDER, answer, silence
from itk3_validator.report.chosen import chosen, with_results
from itk3_validator.report.response_codes import response_codes
from itk3_validator.workshop.proof import mutant, prove
from sample_messages import INVALID, changed, validator, written

RESPONDER = Responder("FZ941", "FZ941OT001", "Fallowfield Surgery")
STAMP = {"id": UUID("11111111-2222-4333-8444-555555555555"), "timestamp": datetime(2026, 1, 31, 9, 30, tzinfo=UTC)}
FACTS = {"recipient": "primary"}
REPORT = "gpcm-sd-oc-primary"
BUSINESS = "gpcm-sd-oc-business-response"
INFRASTRUCTURE = "gpcm-sd-oc-infrastructure-response"
F = {"f": "http://hl7.org/fhir"}
FINAL = "it is, or may be, an infrastructure response"
INF_ACK_TRUE = tuple(f'url="InfAckRequested">\n            <valueBoolean value="{each}"' for each in ("false", "true"))
INF_ACK_FALSE = INF_ACK_TRUE[::-1]
UNREADABLE = "UNREADABLE-IN-ORIGINAL-MESSAGE"

REFERENCE = 'valueString value="821207a9-a4ba-41dc-a7a2-d9bb5342f4da"'
HEADER_ID = '<MessageHeader>\n        <id value="17179771-0164-4613-b674-13e0c0fdde4d"/>'


def answered(message):
    return validator().validate(message, facts=FACTS)


def respond(report, responder=RESPONDER):
    return report.itk3_response(responder, **STAMP)


def said(response):
    """
    What a response says, by the names that the publications use.
    """
    root = etree.fromstring(response)

    def one(path):
        (found,) = root.xpath(path, namespaces=F)
        return found

    header, outcome = "f:entry/f:resource/f:MessageHeader", "f:entry/f:resource/f:OperationOutcome/f:issue"
    keys = f"{header}/f:extension/f:extension"
    return {
        "BusAckRequested": one(f"{keys}[@url='BusAckRequested']/f:valueBoolean/@value"),
        "InfAckRequested": one(f"{keys}[@url='InfAckRequested']/f:valueBoolean/@value"),
        "SenderReference": one(f"{keys}[@url='SenderReference']/f:valueString/@value"),
        "event": one(f"{header}/f:event/f:code/@value"),
        "timestamp": one(f"{header}/f:timestamp/@value"),
        "endpoint": one(f"{header}/f:source/f:endpoint/@value"),
        "identifier": one(f"{header}/f:response/f:identifier/@value"),
        "response.code": one(f"{header}/f:response/f:code/@value"),
        "ods": one("f:entry/f:resource/f:Organization/f:identifier/f:value/@value"),
        "severity": one(f"{outcome}/f:severity/@value"),
        "issue.code": one(f"{outcome}/f:code/@value"),
        "code": one(f"{outcome}/f:details/f:coding/f:code/@value"),
        "display": one(f"{outcome}/f:details/f:coding/f:display/@value"),
        "diagnostics": root.xpath(f"string({outcome}/f:diagnostics/@value)", namespaces=F),
    }


def broken(response, request):
    """
    What a response breaks, as every pack that may judge it sees it together with its request.
    """
    packs = [(), ("itk3-acknowledgement",)]
    if validator().validate(request).pack == "gpcm-sd-oc":
        packs.append(("gpcm-sd-oc",))
    found = []
    for names in packs:
        report = validator(*names).validate(response, request=request)
        found += [(report.pack, each.id, each.outcome.value) for each in report.results if counts(each)]
        if report.verdict not in (Verdict.VALID, Verdict.UNDECIDED):
            found.append((report.pack, report.verdict.value, report.reason))
    return found


# The codes 20014 and 20015 came after the page that GPCM-SD-OC-144 stands on.
LATE = {("gpcm-sd-oc", "GPCM-SD-OC-144/2", "fail"), ("gpcm-sd-oc", "invalid", None)}


def counts(result):
    return result.outcome in (Outcome.FAIL, Outcome.ERROR)


# which code


def test_a_message_that_keeps_its_rules():
    """
    Everything of a positive response, with what the request says and what the settings say.
    """
    report = answered(changed(REPORT))

    assert said(respond(report)) == {
        "BusAckRequested": "false",
        "InfAckRequested": "false",
        "SenderReference": "821207a9-a4ba-41dc-a7a2-d9bb5342f4da",
        "event": "ITK008M",
        "timestamp": "2026-01-31T09:30:00+00:00",
        "endpoint": "FZ941OT001",
        "identifier": "17179771-0164-4613-b674-13e0c0fdde4d",
        "response.code": "ok",
        "ods": "FZ941",
        "severity": "information",
        "issue.code": "informational",
        "code": "20013",
        "display": "Success",
        "diagnostics": "",
    }


HANDLING = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-ITK-MessageHandling-2"
NO_BUS_ACK = ('url="BusAckRequested"', 'url="BusAck"')
NO_INF_ACK = ('url="InfAckRequested"', 'url="InfAck"')
BUS_ACK_FALSE = ('<valueBoolean value="true"/>', '<valueBoolean value="false"/>')
NO_RECIPIENT = ('url="RecipientType"', 'url="Recipient"')
NO_DEFINITION = ('url="MessageDefinition"', 'url="Definition"')
NO_REFERENCE = (REFERENCE, 'valueString value="None"')
NOT_ITK3 = b'<Bundle xmlns="http://hl7.org/fhir"><entry><resource><MessageHeader/></resource></entry></Bundle>'
NO_TIMESTAMP = ('<timestamp value="2024-03-12T09:42:00+00:00"/>', "")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param("20013", changed(REPORT), id="nothing-failed"),
        pytest.param("10001", changed(REPORT, (HANDLING, HANDLING + "0")), id="no-handling"),
        pytest.param("10002", changed(REPORT, NO_INF_ACK), id="InfAckRequested"),
        pytest.param("10003", changed(REPORT, NO_BUS_ACK), id="BusAckRequested"),
        pytest.param("10010", changed(REPORT, NO_RECIPIENT), id="RecipientType"),
        pytest.param("10004", changed(REPORT, NO_DEFINITION), id="MessageDefinition"),
        pytest.param("10007", changed(REPORT, NO_REFERENCE), id="SenderReference"),
        pytest.param("10008", changed(REPORT, BUS_ACK_FALSE), id="business-rule"),
        pytest.param("20006", changed(REPORT, NO_TIMESTAMP), id="header"),
        pytest.param(
            "20009", changed(REPORT, ('<type value="document"/>', '<type value="collection"/>')), id="payload"
        ),
        pytest.param("10002", changed(REPORT, NO_INF_ACK, NO_BUS_ACK, NO_TIMESTAMP), id="10002-before-10003"),
        pytest.param("10003", changed(REPORT, NO_RECIPIENT, NO_BUS_ACK), id="10003-before-10010"),
        pytest.param("10010", changed(REPORT, NO_RECIPIENT, NO_DEFINITION), id="10010-before-10004"),
        pytest.param("10004", changed(REPORT, NO_REFERENCE, NO_DEFINITION), id="10004-before-10007"),
        pytest.param("10007", changed(REPORT, NO_REFERENCE, BUS_ACK_FALSE), id="10007-before-10008"),
        pytest.param("10008", changed(REPORT, NO_TIMESTAMP, BUS_ACK_FALSE), id="10008-before-20006"),
        pytest.param("10009", b"", id="empty"),
        pytest.param("10009", b"not XML, of Mrs Fallowfield", id="no-xml"),
        pytest.param("10009", changed(REPORT)[:-20], id="cut-short"),
        pytest.param("10009", b"<letter/>", id="another-root"),
        pytest.param("10004", NOT_ITK3, id="unknown"),
    ],
)
def test_the_code(code, message):
    """
    The code that comes first in the order of the publication, with what its table gives it; the response keeps every
    rule for responses.
    """
    report = answered(message)
    response = respond(report)
    found = said(response)
    row = response_codes()[code]

    assert (found["code"], found["display"]) == (code, row.display)
    assert (found["response.code"], found["severity"]) == (row.response_code, row.severity)
    assert found["issue.code"] in row.issue_codes
    assert broken(response, message) == []


NEGATIVE = sorted(code for code, row in response_codes().items() if row.infrastructure and row.negative)


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """
    A pack with a rule for each negative infrastructure code; every message breaks them all.
    """
    rules = "".join(
        f'  - {{id: "C-{code}", text: Never kept., source: here, check: {{/f:Bundle/f:never: present}},'
        f' response-code: "{code}"}}\n'
        for code in reversed(NEGATIVE)
    )
    folder = written(tmp_path_factory.mktemp("packs"), "coded", f"extends: [itk3-message@1]\nrules:\n{rules}")
    return Validator([folder])


@pytest.mark.parametrize("code", NEGATIVE)
def test_each_code_of_the_table(coded, code):
    """
    Whatever negative infrastructure code a rule asks for is answered as the table has it, and the response conforms.
    """
    message = changed(REPORT)
    report = chosen(coded.validate(message), ignore={f"C-{each}" for each in NEGATIVE} - {f"C-{code}"})
    response = respond(report)

    assert said(response)["code"] == code
    assert said(response)["diagnostics"] == f"C-{code}: Never kept. [/f:Bundle]"
    # The range of GPCM-SD-OC-144 ends before the two codes that came later.
    assert set(broken(response, message)) == (LATE if code in ("20014", "20015") else set())


def test_the_order_of_the_codes(coded):
    """
    Of all failures the first code of the published order answers, then the second, and so on; what the order does not
    name comes behind it.
    """
    report = coded.validate(changed(REPORT))
    found = []
    for _ in NEGATIVE:
        code = answer(chosen(report, ignore={f"C-{each}" for each in found} or {"C-0"})).code.code
        found.append(code)

    order = re.findall(r"\d+", "10009 20015 10001 10002 10003 10010 10004 10005 10007 10008 20006 20009 20004 20005")
    assert tuple(order) == ORDER
    assert found == [*order, *(code for code in NEGATIVE if code not in order)]


PLACE = {"header": "$header/f:never", "payload": "$compositions/f:never"}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        pytest.param(f"check: {{{PLACE['header']}: present}}", "20006", id="in-the-header"),
        pytest.param(f"check: {{{PLACE['payload']}: present}}", "20009", id="in-the-payload"),
        pytest.param("check: {/f:Bundle/f:never: present}", "20009", id="in-the-bundle"),
        pytest.param(f"check: {{{PLACE['header']}: present}}, response-code: '30002'", "20006", id="a-business-code"),
        pytest.param(f"check: {{{PLACE['payload']}: present}}, response-code: '20013'", "20009", id="a-positive-code"),
        pytest.param(f"check: {{{PLACE['payload']}: present}}, response-code: '10006'", "20009", id="withdrawn"),
        pytest.param(f"check: {{{PLACE['payload']}: present}}, response-code: '20004'", "20004", id="its-own"),
        pytest.param(f"check: {{{PLACE['payload']}: absent}}", "20013", id="kept"),
        pytest.param(f"level: SHOULD, check: {{{PLACE['header']}: present}}", "20013", id="should"),
        pytest.param(f"level: MAY, check: {{{PLACE['header']}: present}}", "20013", id="may"),
        pytest.param(f"level: MUST NOT, check: {{{PLACE['header']}: present}}", "20006", id="must-not"),
        pytest.param(f"given: {{asked: [now]}}, check: {{{PLACE['header']}: present}}", "20013", id="undecided"),
    ],
)
def test_a_rule_without_a_code(tmp_path, rule, code):
    """
    It counts as 20006 where it fails in the MessageHeader and as 20009 elsewhere, as does one whose code is no negative
    infrastructure code; only failures of level MUST count.
    """
    body = f"extends: [itk3-message@1]\nfacts: {{asked: {{}}}}\nrules:\n  - {{id: R-1, text: T., source: s, {rule}}}\n"
    report = Validator([written(tmp_path, "small", body)]).validate(changed(REPORT))

    assert answer(report).code.code == code


def test_a_waived_failure_does_not_count():
    """
    What is not held against the message is not answered.
    """
    report = answered(changed(REPORT, BUS_ACK_FALSE))

    assert answer(report).code.code == "10008"
    assert answer(chosen(report, ignore={"GPCM-SD-OC-143"})).code.code == "20013"


# when there is none


@pytest.mark.parametrize(
    ("message", "why"),
    [
        pytest.param(changed(REPORT), None, id="asked-for"),
        pytest.param(b"", None, id="unreadable"),
        pytest.param(b"<a/>", None, id="no-message"),
        pytest.param(
            changed(REPORT, INF_ACK_FALSE),
            "its InfAckRequested is false",
            id="not-asked-for",
        ),
        pytest.param(
            changed(REPORT, (INF_ACK_TRUE[1], INF_ACK_TRUE[1].replace("true", "no"))),
            None,
            id="not-readable",
        ),
        pytest.param(changed(BUSINESS), "its InfAckRequested is false", id="business-not-asked-for"),
        pytest.param(
            changed(BUSINESS, INF_ACK_TRUE),
            None,
            id="business-asked-for",
        ),
        pytest.param(changed(INFRASTRUCTURE), FINAL, id="infrastructure"),
        pytest.param(changed(INFRASTRUCTURE, INF_ACK_TRUE), FINAL, id="infrastructure-that-asks"),
        pytest.param(
            changed(INFRASTRUCTURE, INF_ACK_TRUE, ('code value="20013"', 'code value="99"')), FINAL, id="no-code"
        ),
        pytest.param(
            changed(INFRASTRUCTURE, INF_ACK_TRUE, ("<response>", "<focus>"), ("</response>", "</focus>")),
            FINAL,
            id="no-response",
        ),
        pytest.param(changed(BUSINESS, INF_ACK_TRUE, ('code value="30001"', 'code value="10008"')), FINAL, id="turned"),
        pytest.param(changed(INFRASTRUCTURE)[:-9], FINAL, id="cut-short"),
        pytest.param(changed(BUSINESS, INF_ACK_TRUE)[:-9], FINAL, id="business-cut-short"),
        pytest.param(changed(INFRASTRUCTURE)[:-9].decode().encode("utf-16"), FINAL, id="cut-short-utf-16"),
        pytest.param(
            changed(INFRASTRUCTURE).replace(b"<Bundle", b"<bundle").replace(b"</Bundle", b"</bundle"),
            FINAL,
            id="another-root",
        ),
        pytest.param(changed(REPORT)[:-9], None, id="report-cut-short"),
    ],
)
def test_whether_there_is_an_answer(message, why):
    """
    None where InfAckRequested is false, and never to what is, or may be, an infrastructure response.
    """
    report = answered(message)

    assert silence(report) == why
    assert (respond(report) is None) == (why is not None)


def test_a_rule_that_could_not_be_run():
    """
    Nobody knows whether the message is good, so nothing is said; where another rule failed, that is answered.
    """
    report = answered(changed(REPORT))
    passed, *_ = (each for each in report.results if each.outcome is Outcome.PASS and each.level == "MUST")
    crashed = with_results(report, [Result(passed, Outcome.ERROR)])
    failed = with_results(report, [Result(passed, Outcome.ERROR), Result(passed, Outcome.FAIL)])

    assert silence(crashed) == "a rule could not be run"
    assert respond(crashed) is None
    assert silence(failed) is None


def test_who_cannot_be_told_apart():
    """
    That two packs claim a message is not its sender's mistake.
    """
    packs = ["itk3-outpatient-letter", "gpcm-sd-oc"]
    report = Validator(packs).validate(changed(INFRASTRUCTURE, INF_ACK_TRUE, ("20013", "30001")))

    assert report.verdict is Verdict.UNRECOGNISED
    assert respond(report) is None


@pytest.mark.parametrize("wrap", [bytes, "path"], ids=["bytes", "path"])
@pytest.mark.parametrize(
    ("message", "code"), [(changed(REPORT), "20015"), (changed(INFRASTRUCTURE), None)], ids=["report", "response"]
)
def test_a_message_that_is_too_large(tmp_path, message, code, wrap):
    """
    20015, by its size alone; a response is still seen by its first bytes.
    """
    if wrap == "path":
        path = tmp_path / "message.xml"
        path.write_bytes(message)
    report = Validator(limits=Limits(message=3_000)).validate(path if wrap == "path" else message)
    response = respond(report)

    assert report.verdict is Verdict.UNREADABLE
    assert (said(response)["code"] if response else None) == code
    # The range of GPCM-SD-OC-144 ends before 20015.
    assert response is None or set(broken(response, message)) == LATE


def test_a_file_that_is_not_there(tmp_path):
    """
    Nobody has sent anything.
    """
    assert respond(Validator().validate(tmp_path / "message.xml")) is None


@pytest.mark.parametrize("message", [b"", b"<a/>", changed(REPORT), changed(INFRASTRUCTURE)])
def test_packs_without_signs(tmp_path, message):
    """
    Packs that do not say what a response looks like cannot tell whether a message is one.
    """
    body = "rules: [{id: R-1, text: T., source: s, check: {/f:Bundle: present}}]\ninteractions: {any: {}}\n"
    report = Validator([written(tmp_path, "small", body)]).validate(message)

    assert silence(report) == "nothing is known of the message"
    assert respond(report) is None


def test_a_named_pipe(tmp_path):
    """
    It is told at once and not waited for.
    """
    pipe = tmp_path / "message.xml"
    os.mkfifo(pipe)

    assert respond(Validator().validate(pipe)) is None


# what it repeats


@pytest.mark.parametrize(
    ("stated", "returned"),
    [
        ("821207a9", "821207a9"),
        ("None", "None"),
        ("none", "none"),
        ("a" * 255, "a" * 255),
        ("a" * 256, "None"),
        ("&lt;script&gt;&amp;&quot;'", "<script>&\"'"),
        ("\u00e9\U0001f600 \u00a0b", "\u00e9\U0001f600 \u00a0b"),
        ("a&#10;b", "None"),
        ("a&#9;b", "None"),
        ("a\u202eb", "None"),
        ("a\u200bb", "None"),
        ("a&#127;", "None"),
        (" ", "None"),
        ("\u00a0", "None"),
        ("", "None"),
    ],
)
def test_the_sender_reference(stated, returned):
    """
    It is returned as it is where it has 1 to 255 characters that show, and never otherwise.
    """
    message = changed(REPORT, (REFERENCE, f'valueString value="{stated}"'))
    response = respond(answered(message))

    assert said(response)["SenderReference"] == returned
    assert broken(response, message) == []


def test_two_sender_references():
    """
    Which one is meant nobody can say.
    """
    message = changed(REPORT, (f"<{REFERENCE}/>", f'<{REFERENCE}/><valueString value="b"/>'))
    response = respond(answered(message))

    assert said(response)["SenderReference"] == "None"
    assert broken(response, message) == []


@pytest.mark.parametrize(
    ("stated", "returned"),
    [
        ('<id value="a-1.B"/>', "a-1.B"),
        (f'<id value="{"a" * 64}"/>', "a" * 64),
        (f'<id value="{"a" * 65}"/>', UNREADABLE),
        ('<id value="a b"/>', UNREADABLE),
        ('<id value="&lt;a/&gt;"/>', UNREADABLE),
        ('<id value=""/>', UNREADABLE),
        ('<id value="a"/><id value="b"/>', UNREADABLE),
        ("", UNREADABLE),
    ],
)
def test_the_identifier(stated, returned):
    """
    The id of the message's header where it has one that is a FHIR id.
    """
    message = changed(REPORT, (HEADER_ID, f"<MessageHeader>{stated}"))
    response = respond(answered(message))

    assert said(response)["identifier"] == returned
    assert broken(response, message) == []


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
    | st.text(st.characters(codec="utf-8", categories=["Cc", "Cf", "Zs", "Zl", "Zp", "Ll"]), max_size=5)
)
def test_any_sender_reference(reference):
    """
    Whatever a SenderReference is, the response keeps every rule for responses, and repeats it as it is or not at all.
    """
    root = etree.fromstring(changed(REPORT))
    (place,) = root.xpath("//f:extension[@url='SenderReference']/f:valueString", namespaces=F)
    try:
        place.set("value", reference)
    except ValueError:
        place.set("value", reference.encode("utf-8").hex())
    stated = place.get("value")
    message = etree.tostring(root, encoding="utf-8")

    response = respond(answered(message))

    assert broken(response, message) == []
    returned = said(response)["SenderReference"]
    assert returned in {"None", stated}
    assert len(returned) <= 255
    # U+0081 marks attachments that are cut out, so no rule can name it.
    assert [each for each in returned if category(each) in {"Cc", "Zl", "Zp"} and each != "\x81"] == []


def test_a_place_that_the_pack_does_not_call_safe(tmp_path):
    """
    A pack that is not trusted cannot make a response repeat what stands elsewhere in the message.
    """
    selectors = "  SenderReference-returnable: {xpath: $compositions/f:title, safe: true}\n"
    body = f"extends: [itk3-message@1]\nchange:\n  selectors:\n  {selectors}"
    folder = written(tmp_path, "small", body)

    assert said(respond(Validator([folder]).validate(changed(REPORT))))["SenderReference"] == "None"


# no patient data


def test_what_was_wrong():
    """
    The requirements that failed and where, those of the code that is answered first; values never.
    """
    report = answered(changed(REPORT, BUS_ACK_FALSE, ('code value="ITK007C"', 'code value="Mrs Fallowfield"')))

    header = "/f:Bundle/f:entry[1]/f:resource/f:MessageHeader"
    assert said(respond(report))["diagnostics"] == (
        "GPCM-SD-OC-143: BusAckRequested is true."
        f" [{header}/f:extension/f:extension[1]/f:valueBoolean/@value]"
        " GPCM-SD-OC-150: The event is ITK007C of the code system ITK-MessageEvent-2."
        f" [{header}/f:event/f:code/@value]"
    )


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("<JohnSmith/>", "/f:Bundle/f:entry[4]/f:resource"),
        ('<Patient><name><family value="Smith"/></name></Patient>', "/f:Bundle/f:entry[4]/f:resource/f:Patient"),
        ('<p:Smith xmlns:p="urn:John"/>', "/f:Bundle/f:entry[4]/f:resource"),
        ('<Patient xmlns="urn:John"/>', "/f:Bundle/f:entry[4]/f:resource"),
    ],
)
def test_names_of_elements_that_fhir_does_not_have(tmp_path, added, told):
    """
    A place ends where FHIR does not know the name: it may be anybody's.
    """
    rule = "  - {id: R-1, text: T., source: s, check: {'/f:Bundle/f:entry[4]/f:resource/*': absent}}\n"
    folder = written(tmp_path, "small", f"extends: [itk3-message@1]\nrules:\n{rule}")
    message = changed(REPORT).replace(b"</Bundle>\n", f"<entry><resource>{added}</resource></entry></Bundle>".encode())
    report = chosen(Validator([folder]).validate(message), only={"R-1"})

    assert said(respond(report))["diagnostics"] == f"R-1: T. [{told}]"


def test_a_message_that_cannot_be_read_is_not_quoted():
    """
    The names of its tags may be anything.
    """
    report = answered(b"<Bundle>\n<Smith John>")

    assert "Smith" not in respond(report).decode()
    assert said(respond(report))["diagnostics"] == "The message cannot be read as XML, line 2, column 12."


def test_many_failures(coded):
    """
    The diagnostics end somewhere.
    """
    diagnostics = said(respond(coded.validate(changed(REPORT))))["diagnostics"]

    assert diagnostics.startswith("C-10009: Never kept. [/f:Bundle] C-20015: Never kept.")
    assert diagnostics.endswith(f" And {len(NEGATIVE) - 20} more.")


# who answers, and when


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (("fz941", "A"), "the responder's ODS code 'fz941' has small letters; an ODS code has capitals"),
        (("", "A"), "the responder's ODS code '' holds something other than capital letters and digits"),
        (("X26", ""), "the responder's mailbox '' is empty"),
        (("X26", "a b"), "the responder's mailbox 'a b' holds white space"),
        (("X26", "A", " "), "the responder's name is empty, longer than 255 characters, or has what does not show"),
        (("X26", "A", "a\nb"), "the responder's name is empty, longer than 255 characters, or has what does not show"),
        (
            ("X26", "A", "a" * 256),
            "the responder's name is empty, longer than 255 characters, or has what does not show",
        ),
    ],
)
def test_a_responder_that_cannot_be(values, problem):
    """
    Refused before anything is judged.
    """
    with pytest.raises(CallInvalid) as caught:
        Responder(*values)

    assert str(caught.value) == problem


@given(st.text(max_size=12), st.text(max_size=20), st.none() | st.text(max_size=20))
def test_any_responder(ods, mailbox, name):
    """
    It is refused, or stands in a response that keeps every rule for responses.
    """
    try:
        responder = Responder(ods, mailbox, name)
    except CallInvalid:
        responder = Responder("X26", f"{mailbox.encode('utf-8', 'surrogatepass').hex()}A", f"{ods!a}<&\"'>")
    response = respond(answered(changed(REPORT)), responder)

    assert (said(response)["ods"], said(response)["endpoint"]) == (responder.ods, responder.mailbox)
    assert broken(response, changed(REPORT)) == []


@pytest.mark.parametrize(
    ("timestamp", "told"),
    [
        (datetime(2026, 7, 1, 10, tzinfo=timezone(timedelta(hours=1))), "2026-07-01T09:00:00+00:00"),
        (datetime(2026, 7, 1, 10, 0, 0, 999_999, tzinfo=UTC), "2026-07-01T10:00:00+00:00"),
    ],
)
def test_the_timestamp(timestamp, told):
    """
    In UTC, to the second.
    """
    report = answered(changed(REPORT))

    assert said(report.itk3_response(RESPONDER, id=STAMP["id"], timestamp=timestamp))["timestamp"] == told


def test_a_timestamp_without_a_time_zone():
    """
    FHIR wants one, and nobody can guess it.
    """
    with pytest.raises(CallInvalid, match=r"^the timestamp of a response needs a time zone$"):
        answered(changed(REPORT)).itk3_response(RESPONDER, id=STAMP["id"], timestamp=datetime(2026, 7, 1))  # noqa: DTZ001


def test_it_outlives_the_message():
    """
    A closed, pickled or filtered report gives the same bytes.
    """
    message = changed(REPORT, BUS_ACK_FALSE)
    expected = respond(answered(message))
    closed = answered(message)
    closed.close()

    assert respond(closed) == expected
    assert respond(pickle.loads(pickle.dumps(answered(message)))) == expected
    assert respond(chosen(answered(message), ignore={"GPCM-SD-OC-999"})) == expected
    assert expected.isascii()
    assert expected.count(b"\n") == 1


# everything that the proof of the rules makes


@cache
def mutations():
    """
    Every message that the proof of the bundled packs makes.
    """
    made = {}
    kept = mutant.Copy.message

    def message(copy, name):
        changed = kept(copy, name)
        made.setdefault(changed.source.data)
        return changed

    mutant.Copy.message = message
    try:
        prove([compile_pack(pack) for pack in load_packs(None)])
    finally:
        mutant.Copy.message = kept
    return tuple(made)


def check_all(messages):
    answers = 0
    for message in messages:
        response = respond(answered(message))
        if response is not None:
            answers += 1
            assert broken(response, message) == [], message
            assert not any(each in response for each in PATIENT)
    return answers


PATIENT = (b"Ines", b"9990357218")


def test_some_mutations():
    """
    The response to a broken message keeps every rule for responses, together with its request, and names no patient.
    """
    assert check_all(mutations()[::20]) > 50


@pytest.mark.long
def test_all_mutations():
    """
    As above, for every message that the proof makes.
    """
    assert check_all(mutations()) > 1_000


@pytest.mark.parametrize("name", sorted(each.name for each in INVALID.iterdir() if each.suffix == ".xml"))
def test_the_invalid_samples(name):
    """
    As above, for the samples.
    """
    assert check_all([(INVALID / name).read_bytes()]) in (0, 1)
