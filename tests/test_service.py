"""
`itk3 serve` as its callers see it: a real process, real sockets.
"""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPException

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from itk3_validator.report.json_v1_schema import SCHEMA
from pack_builder import write_pack
from service_runs import PRIMARY, SAMPLES, XML, asked, running, validate_path
from service_tasks import doing

pytestmark = pytest.mark.server

INVALID = SAMPLES / "invalid" / "GPCM-SD-OC-143.xml"
RESPONSE = SAMPLES / "valid" / "gpcm-sd-oc-infrastructure-response.xml"
BUSINESS = SAMPLES / "valid" / "gpcm-sd-oc-business-response.xml"
PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Message-Bundle-1"
FHIR = "{http://hl7.org/fhir}"


@pytest.fixture(scope="module")
def service():
    with running() as made:
        yield made


@pytest.fixture(scope="module")
def odd():
    """
    A service whose messages can harm their process.
    """
    with running("--processes", 2, "--time-limit", 2, "--concurrency", 4, script="service_tasks") as made:
        yield made


# What is judged


@pytest.mark.parametrize(
    ("message", "facts", "verdict"),
    [
        pytest.param(PRIMARY, ["recipient=primary"], "valid", id="valid"),
        pytest.param(PRIMARY, [], "undecided", id="a-fact-not-stated"),
        pytest.param(INVALID, ["recipient=primary"], "invalid", id="invalid"),
        pytest.param(b"<Bundle xmlns='http://hl7.org/fhir'/>", [], "unrecognised", id="unrecognised"),
        pytest.param(b"<Bundle", [], "unreadable", id="broken"),
        pytest.param(b"<!DOCTYPE a><Bundle/>", [], "unreadable", id="doctype"),
        pytest.param(b"", [], "unreadable", id="empty"),
    ],
)
def test_a_message_is_reported(service, message, facts, verdict):
    """
    Every message has a report, whatever it is, and the header says its verdict.
    """
    data = message if isinstance(message, bytes) else message.read_bytes()
    got = service.post(data, {"X-Request-ID": "r-1"}, fact=facts)

    assert (got.status, got.verdict, got.headers["content-type"]) == (200, verdict, "application/json")
    Draft202012Validator(SCHEMA).validate(got.json)
    (told,) = got.json["messages"]
    assert (told["verdict"], told["source"]) == (verdict, "r-1")


def test_a_form_brings_the_request(service):
    """
    A response is judged with the message that it answers; without it some rules are undecided.
    """
    alone = service.post(BUSINESS.read_bytes())
    fields = [("message", BUSINESS.read_bytes()), ("request", PRIMARY.read_bytes())]
    together = service.post_form(fields)

    assert alone.verdict == "undecided"
    assert together.verdict == "valid"


@pytest.mark.parametrize(
    ("asked_for", "media_type", "root"),
    [
        pytest.param({}, "application/json", None, id="nothing"),
        pytest.param({"Accept": "*/*"}, "application/json", None, id="anything"),
        pytest.param({"Accept": "application/fhir+xml"}, "application/fhir+xml", "OperationOutcome", id="outcome"),
        pytest.param({"Accept": "application/fhir+json"}, "application/fhir+json", None, id="outcome-json"),
        pytest.param(
            {"Accept": f'application/fhir+xml; profile="{PROFILE}"'}, "application/fhir+xml", "Bundle", id="response"
        ),
        pytest.param({"Accept": "text/*;q=0.1, text/html"}, "text/html; charset=utf-8", None, id="html"),
        pytest.param({"Accept": "application/xml"}, "application/xml", None, id="junit"),
    ],
)
def test_the_answer_is_what_is_accepted(service, asked_for, media_type, root):
    """
    One report, in the format that Accept asks for.
    """
    got = service.post(INVALID.read_bytes(), asked_for, fact="recipient=primary")

    assert (got.status, got.headers["content-type"], got.verdict) == (200, media_type, "invalid")
    if root is not None:
        assert etree.fromstring(got.body).tag == FHIR + root
    elif media_type.endswith("json"):
        assert isinstance(got.json, dict)


def test_every_format_has_a_name(service):
    """
    format= takes every name of `itk3 validate --format`, and goes before Accept.
    """
    names = service.get("/openapi.json").json["paths"]["/validate"]["post"]["parameters"][0]["schema"]["enum"]
    got = {name: service.post(INVALID.read_bytes(), {"Accept": "text/csv"}, format=name) for name in names}

    assert {each.status for each in got.values()} == {200}
    assert len(got) == 13
    assert b"GPCM-SD-OC-143" in got["text"].body
    assert got["csv"].body != got["text"].body


def test_no_response_where_none_is_due(service):
    """
    An infrastructure response is never answered: 204, and why.
    """
    got = service.post(RESPONSE.read_bytes(), format="itk3-response")

    assert (got.status, got.body) == (204, b"")
    assert got.headers["itk3-silence"] == "it is, or may be, an infrastructure response"


def test_two_responses_are_two(service):
    """
    Every ITK3 response has ids of its own.
    """
    first, second = (
        etree.fromstring(service.post(INVALID.read_bytes(), format="itk3-response").body) for _ in range(2)
    )

    assert first.find(f"{FHIR}id").get("value") != second.find(f"{FHIR}id").get("value")


# What is refused


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "reason"),
    [
        pytest.param("POST", "/validate", {"Content-Type": "text/plain"}, 415, "type", id="no-xml"),
        pytest.param("POST", "/validate", {}, 415, "type", id="no-content-type"),
        pytest.param("POST", "/validate", {**XML, "Content-Encoding": "gzip"}, 415, "type", id="packed"),
        pytest.param("POST", "/validate", {**XML, "Accept": "image/png"}, 406, "accept", id="not-acceptable"),
        pytest.param("POST", "/validate?format=pdf", XML, 400, "call", id="no-format"),
        pytest.param("POST", "/validate?facts=a=b", XML, 400, "call", id="no-parameter"),
        pytest.param("POST", "/validate?format=json&format=text", XML, 400, "call", id="two-formats"),
        pytest.param("POST", "/validate?pack=itk3-message&pack=gpcm-sd-oc", XML, 400, "call", id="two-packs"),
        pytest.param(
            "POST", "/validate?interaction=report&interaction=report", XML, 400, "call", id="two-interactions"
        ),
        pytest.param("POST", "/validate?fact=recipient", XML, 400, "call", id="no-fact"),
        pytest.param("POST", "/validate?fact=recipient=nobody", XML, 400, "call", id="no-value"),
        pytest.param("POST", "/validate?interaction=letters", XML, 400, "call", id="no-interaction"),
        pytest.param("POST", "/validate?pack=../../etc", XML, 400, "call", id="no-pack"),
        pytest.param("GET", "/validate", {}, 405, "unserved", id="no-method"),
        pytest.param("GET", "/nothing", {}, 404, "unserved", id="no-path"),
        pytest.param("GET", "/packs/", {}, 404, "unserved", id="no-such-slash"),
        pytest.param("GET", "/packs/no-pack/rules", {}, 404, "unknown", id="no-rules"),
        pytest.param("GET", "/requirements/NO-1", {}, 404, "unknown", id="no-requirement"),
        pytest.param("GET", "/packs", {"Host": "evil.example"}, 421, "host", id="another-name"),
        pytest.param("GET", "/health/live", {"Host": "evil.example"}, 421, "host", id="another-name-health"),
        pytest.param("GET", "/packs", {"Origin": "https://evil.example"}, 403, "origin", id="a-page"),
    ],
)
def test_a_wrong_call_is_refused(service, method, path, headers, status, reason):
    """
    Each is told with a status and a reason, as RFC 9457 says it, and with the id of the request.
    """
    got = service.ask(method, path, PRIMARY.read_bytes() if method == "POST" else None, headers)

    assert (got.status, got.reason, got.headers["content-type"]) == (status, reason, "application/problem+json")
    assert got.json["request_id"] == got.headers["x-request-id"]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([], id="nothing"),
        pytest.param([("request", b"<a/>")], id="no-message"),
        pytest.param([("message", b"<a/>"), ("message", b"<a/>")], id="two-messages"),
        pytest.param([("message", b"<a/>"), ("other", b"1")], id="unknown-field"),
        pytest.param([("message", b"<a/>"), ("fact", b"\xff=1")], id="not-utf-8"),
        pytest.param([("message", b"<a/>")] + [("fact", b"a=b")] * 200, id="many-fields"),
    ],
)
def test_a_wrong_form_is_refused(service, fields):
    """
    What no form of ours holds is a wrong call.
    """
    got = service.post_form(fields)

    assert (got.status, got.reason) == (400, "call")


# Packs and requirements


def test_packs_are_told(service):
    """
    Every bundled pack with its facts, its rules, and one requirement of it.
    """
    packs = service.get("/packs").json
    rules = service.get("/packs/gpcm-sd-oc/rules").json
    one = service.get("/requirements/GPCM-SD-OC-143").json

    assert packs["version"] == 1
    assert packs["refused"] is None
    served = {each["name"]: each for each in packs["packs"]}
    assert {"gpcm-sd-oc", "itk3-message", "itk3-acknowledgement"} <= set(served)
    assert served["gpcm-sd-oc"]["facts"][0]["name"] == "recipient"
    assert {"rule", "archive rule", "not checkable"} <= {each["kind"] for each in rules["rules"]}
    assert [(each["text"], each["level"]) for each in one["found"]] == [("BusAckRequested is true.", "MUST")]


def test_any_id_can_be_asked_for(service):
    """
    Ids with `/` and `#` in them have an address too.
    """
    rules = service.get("/packs/gpcm-sd-oc/rules").json["rules"]
    odd = [each["id"] for each in rules if "/" in each["id"] or "#" in each["id"]]
    paths = [f"/requirements/{each.replace('#', '%23').replace('/', '%2F')}" for each in odd[:10]]

    assert len(odd) >= 2
    assert [service.get(path).json["id"] for path in paths] == odd[:10]


# Logs, metrics, ids


def test_nothing_of_a_message_is_logged():
    """
    Values of messages, facts, forms and addresses stand neither in the log nor in the metrics.
    """
    secret = "Zaphod9"
    message = PRIMARY.read_bytes().replace(b"</Bundle>", f"<!--{secret}--><{secret}/></Bundle>".encode())
    with running() as service:
        service.post(message, fact=[f"mailbox={secret}"])
        service.post(message[:-20], {"User-Agent": secret, "Referer": secret}, fact=[f"{secret}={secret}"])
        service.post_form([("message", message), (secret, secret.encode())], pack=secret)
        service.post(message, {"X-Request-ID": f"{secret} {secret}", "Accept": f"{secret}/{secret}"})
        service.get(f"/requirements/{secret}")
        service.get(f"/{secret}?{secret}={secret}")
        service.ask(secret, "/validate")
        service.send(f"GET /{secret} {secret}\r\n{secret}\r\n\r\n".encode())
        metrics = service.get("/metrics").body.decode()
        status = service.stop()

    assert status == 0
    assert len(service.log) >= 9
    assert [line for line in service.lines if secret.lower() in line.lower()] == []
    assert secret.lower() not in metrics.lower()


def test_a_request_is_found_by_its_id(service):
    """
    The caller's id is that of the answer and of the line in the log; one that could not stand there is replaced.
    """
    given = service.post(PRIMARY.read_bytes(), {"X-Request-ID": "abc-1.2:3"}, fact="recipient=primary")
    strange = service.post(PRIMARY.read_bytes(), {"X-Request-ID": 'a"b'})
    service.told('"request_id": "abc-1.2:3"')
    line = next(each for each in service.log if each.get("request_id") == "abc-1.2:3")

    assert given.headers["x-request-id"] == "abc-1.2:3"
    assert len(strange.headers["x-request-id"]) == 32
    kept = {key: line[key] for key in ("event", "route", "status", "verdict", "pack", "interaction", "bytes")}
    assert kept == {
        "event": "request",
        "route": "/validate",
        "status": 200,
        "verdict": "valid",
        "pack": "gpcm-sd-oc",
        "interaction": "report",
        "bytes": len(PRIMARY.read_bytes()),
    }


def test_metrics_count():
    """
    Messages by verdict, failed rules, refusals, and the packs that serve.
    """
    with running() as service:
        for _ in range(3):
            service.post(INVALID.read_bytes(), fact="recipient=primary")
        service.ask("POST", "/validate", b"x")

        pack = {"pack": "gpcm-sd-oc"}
        assert service.metric("itk3_messages_total", verdict="invalid", **pack) == 3
        assert service.metric("itk3_failed_total", rule="GPCM-SD-OC-143", **pack) == 3
        assert service.metric("itk3_refused_total", reason="type") == 1
        assert service.metric("itk3_requests_total", method="POST", route="/validate", status="415") == 1
        assert service.metric("itk3_in_flight") == 0
        assert service.metric("itk3_in_flight_bytes") == 0
        assert service.metric("itk3_ready") == 1
        (info,) = (each for each in service.get("/packs").json["packs"] if each["name"] == "gpcm-sd-oc")
        assert service.metric("itk3_pack_info", version="1.0.0", digest=info["digest"], **pack) == 1


# Messages that harm their process


@pytest.mark.parametrize(
    ("what", "status", "reason"),
    [
        pytest.param("crash", 500, "crash", id="crash"),
        pytest.param("hang", 504, "time-limit", id="hang"),
        pytest.param("fail", 500, "failed", id="exception"),
    ],
)
def test_harm_costs_one_request(odd, what, status, reason):
    """
    A crash, a hang and an exception are answered, and those who ask beside it notice nothing.
    """
    with ThreadPoolExecutor(3) as pool:
        bad = pool.submit(odd.post, doing(what, "Jane"))
        good = [pool.submit(odd.post, PRIMARY.read_bytes(), fact="recipient=primary") for _ in range(8)]

    assert (bad.result().status, bad.result().reason) == (status, reason)
    assert {each.result().verdict for each in good} == {"valid"}
    assert not any("Jane" in line for line in odd.lines)


def test_a_crash_by_chance_costs_nothing(odd, tmp_path):
    """
    A message whose process was lost is judged again.
    """
    got = odd.post(doing("crash_once", tmp_path / "done"))

    assert (got.status, got.verdict) == (200, "unrecognised")
    assert odd.metric("itk3_worker_losses_total", why="crash") >= 1


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_monitors_may_ask_with_head(service, path):
    """
    HEAD has the status and the head of GET, and no body.
    """
    got, head = service.get(path), service.ask("HEAD", path)

    assert (head.status, head.body) == (got.status, b"") == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


def test_no_more_than_there_is_room_for(tmp_path):
    """
    While as many messages are being judged as may, the next is told to come again; then there is room.
    """
    go = tmp_path / "go"
    with (
        running("--processes", 1, "--concurrency", 2, script="service_tasks") as service,
        ThreadPoolExecutor(2) as pool,
    ):
        held = [pool.submit(service.post, doing("wait", go)) for _ in range(2)]
        while service.metric("itk3_in_flight") < 2:
            pass
        refused = service.post(PRIMARY.read_bytes())
        others = [service.get(path).status for path in ("/health/live", "/health/ready", "/packs", "/metrics")]
        go.touch()
        assert {each.result().status for each in held} == {200}
        after = service.post(PRIMARY.read_bytes())

    assert (refused.status, refused.reason, refused.headers["retry-after"]) == (503, "busy", "1")
    assert others == [200] * 4
    assert after.status == 200


def test_who_has_gone_is_not_judged(tmp_path):
    """
    A caller that gives up makes room: its message is not begun any more.
    """
    go, begun = tmp_path / "go", tmp_path / "begun"
    with running("--processes", 1, "--concurrency", 2, script="service_tasks") as service:
        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(service.post, doing("wait", go))
            while service.metric("itk3_in_flight") < 1:
                pass
            waiting = service.connection()
            waiting.request("POST", "/validate", doing("crash_once", begun), XML)
            while service.metric("itk3_in_flight") < 2:
                pass
            waiting.close()
            while service.metric("itk3_in_flight") > 1:
                pass
            go.touch()
            held.result()
        assert service.post(PRIMARY.read_bytes()).status == 200

    assert not begun.exists()
    assert [each["status"] for each in service.log if each.get("refused") == "gone"] == [499]


# Under load


class Load:
    """
    Callers that ask one request after the other, until told to stop. What they got, and which ids were answered.
    """

    def __init__(self, service, callers=4):
        self._service = service
        self._over = threading.Event()
        self.answered: dict[str, int] = {}
        self.broken: list[str] = []
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(callers)]

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for each in self._threads:
            each.join()

    def wait_for(self, count):
        while len(self.answered) < count:
            self._over.wait(0.01)

    def _call(self, caller):
        with closing(self._service.connection()) as connection:
            self._ask(caller, connection)

    def _ask(self, caller, connection):
        number = 0
        while not self._over.is_set():
            number += 1
            name = f"c{caller}-{number}"
            headers = {**XML, "X-Request-ID": name}
            path = validate_path(fact="recipient=primary", format="csv")
            try:
                self.answered[name] = asked(connection, "POST", path, PRIMARY.read_bytes(), headers).status
            except (OSError, HTTPException):
                self.broken.append(name)
                if self._service.process.poll() is not None:
                    return
                connection.close()


def test_processes_that_are_killed_lose_nothing():
    """
    Under load, kill -9 of the processes that judge, again and again: every request is answered as if nothing had been.
    """
    with running("--processes", 2) as service:
        service.post(PRIMARY.read_bytes())
        with Load(service) as load:
            for round_ in range(1, 6):
                load.wait_for(round_ * 20)
                for process in service.workers()[:1]:
                    kill(process)
            load.wait_for(150)
        lost = service.metric("itk3_worker_losses_total", why="crash")

    assert load.broken == []
    assert set(load.answered.values()) == {200}
    assert lost >= 1


def kill(process):
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("group", [False, True], ids=["the-service", "its-whole-group"])
def test_stopping_loses_nothing(group):
    """
    Under load, SIGTERM: whatever was accepted (it stands in the log) is answered, and the status is 0.
    """
    with running("--processes", 2) as service:
        with Load(service, callers=8) as load:
            load.wait_for(60)
            if group:
                os.killpg(service.process.pid, signal.SIGTERM)
            else:
                service.process.terminate()
            status = service.ended()
        accepted = {each["request_id"] for each in service.log if each["event"] == "request"}

    assert status == 0
    assert accepted - set(load.answered) == set()
    assert set(load.answered.values()) == {200}
    assert service.log[-1]["event"] == "stopped"


def test_stopping_waits_for_what_is_judged(tmp_path):
    """
    A message that is being judged when SIGTERM comes is answered; a second one is not accepted any more.
    """
    go = tmp_path / "go"
    with (
        running("--processes", 1, script="service_tasks") as service,
        ThreadPoolExecutor(1) as pool,
    ):
        held = pool.submit(service.post, doing("wait", go))
        while service.metric("itk3_in_flight") < 1:
            pass
        service.process.terminate()
        while True:
            try:
                service.raw().close()
            except ConnectionRefusedError:
                break
        go.touch()
        got = held.result()
        status = service.ended()

    assert (got.status, got.verdict, status) == (200, "unrecognised", 0)


def test_a_stop_has_an_end(tmp_path):
    """
    What takes longer than --stop-time is given up.
    """
    with (
        running("--processes", 1, "--stop-time", 1, "--time-limit", 600, script="service_tasks") as service,
        ThreadPoolExecutor(1) as pool,
    ):
        held = pool.submit(service.post, doing("hang"))
        while service.metric("itk3_in_flight") < 1:
            pass
        service.process.terminate()
        status = service.ended()

        assert held.exception() is not None or held.result().status >= 500
    assert status == 0


# New versions of packs

RULES = """
rules:
  - id: SMALL-1
    text: There is a type.
    check: {/f:Bundle/f:type: present}
"""
NEW = (
    RULES
    + """
  - id: SMALL-2
    text: There is an entry.
    check: {/f:Bundle/f:entry: present}
"""
)
BUNDLE = b'<Bundle xmlns="http://hl7.org/fhir"><type value="message"/></Bundle>'


@pytest.mark.parametrize("by", ["looking", "signal"])
def test_a_new_version_takes_over(tmp_path, by):
    """
    Changed rules are served without a restart; a broken version is refused and told, and the old one serves on.
    """
    pack = write_pack(tmp_path, RULES)
    every = 1 if by == "looking" else 0

    def change(text, told):
        write_pack(tmp_path, text)
        before = len([each for each in service.log if each["event"] == told])
        if by == "signal":
            service.process.send_signal(signal.SIGHUP)
        service.told(f'"event": "{told}"', times=before + 1)

    with running("--pack", pack, "--reload-every", every) as service:
        first = service.post(BUNDLE).verdict, service.get("/packs").json
        change(
            "rules:\n  - id: SMALL-1\n    text: Broken.\n    check: {/f:Bundle/f:type: {equal: 1}}\n", "packs refused"
        )
        broken = service.post(BUNDLE).verdict, service.get("/packs").json
        metrics = [service.metric("itk3_packs_refused"), service.metric("itk3_pack_reloads_total", result="refused")]
        change(NEW, "packs taken")
        second = service.post(BUNDLE).verdict, service.get("/packs").json
        after = [service.metric("itk3_packs_refused"), service.metric("itk3_pack_reloads_total", result="taken")]
        processes = service.workers()

    assert (first[0], first[1]["version"], first[1]["refused"]) == ("valid", 1, None)
    assert (broken[0], broken[1]["version"]) == ("valid", 1)
    assert "pack.yaml:9:" in broken[1]["refused"]["problems"][0]
    assert metrics[0] == 1
    assert metrics[1] >= 1
    assert (second[0], second[1]["version"], second[1]["refused"]) == ("invalid", 2, None)
    assert after == [0, 1]
    assert first[1]["packs"][0]["digest"] != second[1]["packs"][0]["digest"]
    assert len(processes) <= 2 * 2


def test_a_new_version_under_load_loses_nothing(tmp_path):
    """
    While versions change, every request is answered by one or the other.
    """
    pack = write_pack(tmp_path, RULES)
    with running("--pack", pack, "--reload-every", 0) as service, Load(service, callers=3) as load:
        for number in range(4):
            load.wait_for(20 * (number + 1))
            write_pack(tmp_path, NEW if number % 2 == 0 else RULES)
            service.process.send_signal(signal.SIGHUP)
            service.told('"event": "packs taken"', times=number + 1)

    assert load.broken == []
    # None of its packs declares the fact that the load states.
    assert set(load.answered.values()) == {400}
