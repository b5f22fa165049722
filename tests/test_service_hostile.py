"""
`itk3 serve` and callers that are slow, broken or hostile: each is refused or dropped, and the others are served.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service_runs import PRIMARY, ROOT, SAMPLES, XML, exchange, pieces, running

pytestmark = pytest.mark.server

HOST = b"Host: localhost\r\n"
POST = b"POST /validate HTTP/1.1\r\n" + HOST + b"Content-Type: application/fhir+xml\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\n" + HOST
CLOSE = b"Connection: close\r\n\r\n"
TOKEN = "a-token-of-a-test-0123456789"


@pytest.fixture(scope="module")
def service():
    """
    A service with small limits, so that nothing here takes long.
    """
    limits = ("--max-size", "50kB", "--read-time", 1, "--concurrency", 4, "--max-connections", 30)
    with running("--processes", 1, *limits) as made:
        yield made


@pytest.fixture(autouse=True)
def serves_on(service):
    """
    After each attack an honest caller is served, and nothing is held.
    """
    yield
    while service.metric("itk3_in_flight"):
        pass
    # That a caller has gone may be noticed a moment later: until then its connection counts.
    until = time.monotonic() + 30
    while (found := service.post(PRIMARY.read_bytes(), fact="recipient=primary")).status == 503:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert found.verdict == "valid"
    assert service.metric("itk3_in_flight_bytes") == 0


def statuses(answers):
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d\d\d) ", answers)]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", [400], id="tls-in-clear"),
        pytest.param(b"NONSENSE\r\n\r\n", [400], id="nonsense"),
        pytest.param(b"GET / HTTP/x.9\r\n" + HOST + b"\r\n", [400], id="version"),
        pytest.param(LIVE + b"X: " + b"a" * 100_000 + b"\r\n" + CLOSE, [400, 431], id="long-header"),
        pytest.param(LIVE + b"X: a\r\n" * 10_000 + CLOSE, [400, 431], id="many-headers"),
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + CLOSE, [400, 431], id="long-path"),
        pytest.param(LIVE + b"X: a\0b\r\n\r\n", [400], id="nul"),
        pytest.param(LIVE + b" folded: x\r\n" + CLOSE, [421], id="folded"),
        pytest.param(LIVE + b"X : x\r\n\r\n", [400], id="blank-before-colon"),
        pytest.param(b"GET /health/live HTTP/1.1\r\n\r\n", [400], id="no-host"),
        pytest.param(b"GET /health/live HTTP/1.1\r\n" + HOST + HOST + b"\r\n", [400], id="two-hosts"),
        pytest.param(b"GET /health/live HTTP/1.0\r\n\r\n", [421], id="http-1.0"),
        pytest.param(POST + b"Content-Length: x\r\n\r\n", [400], id="length-no-number"),
        pytest.param(POST + b"Content-Length: -5\r\n\r\n", [400], id="length-negative"),
        pytest.param(POST + b"Content-Length: 5, 6\r\n\r\nabcde", [400], id="two-lengths-in-one"),
        pytest.param(POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", [400], id="two-lengths"),
        pytest.param(POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", [413, 400], id="length-enormous"),
        pytest.param(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", [501, 400], id="coding"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", None, id="chunk-no-number"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n", None, id="chunk-enormous"),
        pytest.param(
            POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + LIVE + b"\r\n",
            [400],
            id="smuggling-cl-te",
        ),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + LIVE + b"\r\n",
            [501, 400],
            id="smuggling-te-te",
        ),
        pytest.param(
            POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n1\r\nZ\r\n",
            [501, 400],
            id="smuggling-te-x",
        ),
        pytest.param(
            POST + b"Content-Length: 4\r\nConnection: close\r\n\r\n<a/>" + LIVE + b"\r\n", [200], id="after-the-last"
        ),
        pytest.param(
            LIVE + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\nConnection: close\r\n\r\n",
            [200],
            id="websocket",
        ),
        pytest.param(LIVE + b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n", None, id="h2c"),
    ],
)
def test_broken_requests_are_refused(service, data, status):
    """
    What is no HTTP, or could be read in two ways, is answered once at most, and the connection is closed.
    """
    answers = statuses(service.send(data))

    assert len(answers) <= 1
    assert answers in ([], [200]) or answers[0] in (status or [400])
    assert status is None or answers != [] or status == [400]


def test_pipelined_requests_are_answered_in_order(service):
    """
    Requests that come all at once get their answers one after the other.
    """
    message = PRIMARY.read_bytes()
    one = POST + b"X-Request-ID: p-%d\r\nContent-Length: %d\r\n%s\r\n" + message.replace(b"%", b"%%")
    last = 8
    data = b"".join(
        one % (number, len(message), b"Connection: close\r\n" if number == last else b"")
        for number in range(1, last + 1)
    )
    answers = service.send(data)

    assert statuses(answers) == [200] * last
    assert re.findall(rb"x-request-id: p-(\d+)", answers) == [b"%d" % number for number in range(1, last + 1)]


def test_what_is_too_large_is_refused_before_it_comes(service):
    """
    An announced length is enough; who waits for `100 Continue` sends nothing at all.
    """
    announced = POST + b"Content-Length: 50001\r\nExpect: 100-continue\r\n\r\n"
    with service.raw() as connection:
        refused = exchange(connection, announced)
    fits = POST + b"Content-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with service.raw() as connection:
        connection.sendall(fits)
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        taken = exchange(connection, b"<a/>")

    assert statuses(refused) == [413]
    assert statuses(taken) == [200]


@pytest.mark.parametrize("kind", ["chunked", "form"])
def test_what_grows_too_large_is_refused(service, kind):
    """
    Without an announced length, as soon as it is too long; a form may hold two messages.
    """
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    head = POST if kind == "chunked" else POST.replace(b"application/fhir+xml", b"multipart/form-data; boundary=x")
    answers = service.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + 40 * chunk)

    assert statuses(answers) == [413]


def test_a_refused_caller_reads_why(service):
    """
    One that sends all of its body before it reads still gets the answer.
    """
    got = service.post(b"x" * 400_000)

    assert (got.status, got.reason, got.headers["connection"]) == (413, "too-large", "close")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"", [408], id="nothing"),
        pytest.param(b"GET /health/li", [408], id="half-a-head"),
        pytest.param(LIVE, [408], id="head-without-end"),
        pytest.param(LIVE + b"\r\n" + LIVE, [200, 408], id="half-a-second-one"),
        pytest.param(POST + b"Content-Length: 100\r\n\r\n<a", [408], id="half-a-body"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n", [408], id="no-chunk"),
    ],
)
def test_slow_callers_are_dropped(service, data, status):
    """
    Who does not finish a request is told so and dropped; who has been served may stay for a while.
    """
    assert statuses(service.send(data)) == status


def test_a_caller_that_drips_is_dropped(service):
    """
    A byte now and then does not keep a place.
    """
    with service.raw() as connection:
        connection.sendall(POST + b"Content-Length: 10000\r\n\r\n")
        connection.settimeout(0.05)
        got = b""
        while b"408" not in got:
            connection.sendall(b" ")
            try:
                got = connection.recv(1000)
            except TimeoutError:
                continue

    assert statuses(got) == [408]


def test_slow_callers_hold_no_more_than_their_share(service):
    """
    While slow callers hold every place, others are told to come again, and are served when these are dropped.
    """
    with ExitStack() as stack:
        for _ in range(4):
            slow = stack.enter_context(service.raw())
            slow.sendall(POST + b"Content-Length: 10000\r\n\r\n<a")
        while service.metric("itk3_in_flight") < 4:
            pass
        refused = service.post(b"<a/>")

    assert (refused.status, refused.headers["retry-after"]) == (503, "1")


def test_too_many_connections_are_refused(service):
    """
    There is an end to connections; the next is answered 503 at once.
    """
    with ExitStack() as stack:
        for _ in range(30):
            idle = stack.enter_context(service.raw())
            idle.sendall(b"G")
        refused = stack.enter_context(service.raw())
        answer = b"".join(pieces(refused))

    assert statuses(answer) == [503]
    assert b"retry-after: 1" in answer


def test_who_does_not_read_is_dropped(service):
    """
    An answer that nobody reads is given up, and its connection with it.
    """

    def answered():
        return [each for each in service.log if each.get("bytes") == len(message)]

    message = PRIMARY.read_bytes()
    before, files = len(answered()), sockets(service)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        connection.connect(("127.0.0.1", service.port))
        one = (
            POST.replace(b"/validate", b"/validate?format=html")
            + b"Content-Length: %d\r\n\r\n" % len(message)
            + message
        )
        connection.sendall(one * 150)
        service.told(f'"event": "request".*"bytes": {len(message)},', times=before + 10)
        while sockets(service) - files:
            pass

    assert len(answered()) < before + 150


def sockets(service):
    """
    What the service has open.
    """
    found = set()
    for each in Path(f"/proc/{service.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(each.readlink())
    return found


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /packs HT", id="in-the-head"),
        pytest.param(POST + b"Content-Length: 1000\r\n\r\n<a", id="in-the-body"),
        pytest.param(POST + b"Content-Length: 4\r\n\r\n<a/>", id="before-the-answer"),
    ],
)
def test_callers_that_break_off_cost_nothing(service, how):
    """
    A hundred connections that end in a reset.
    """
    for _ in range(100):
        with service.raw() as connection:
            connection.sendall(how)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_many_at_once(service):
    """
    Two hundred callers at once: each is served, or told to come again; none is left without an answer.
    """

    def call(_):
        try:
            return service.post(PRIMARY.read_bytes(), fact="recipient=primary").status
        except OSError:
            return 0

    with ThreadPoolExecutor(25) as pool:
        found = list(pool.map(call, range(200)))

    assert set(found) <= {200, 503}
    assert found.count(200) >= 4


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.integers(0, 400), st.booleans())
def test_noise_is_answered_or_dropped(service, noise, at, cut):
    """
    A request with noise in it never gets more than it is due, and never a mistake of the service.
    """
    whole = POST + b"Connection: close\r\nContent-Length: 4\r\n\r\n<a/>"
    data = whole[:at] + noise + (b"" if cut else whole[at:])
    with service.raw() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answers = statuses(b"".join(pieces(connection)))

    assert not {each for each in answers if each >= 500 and each != 501}


# Who may ask


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """
    A certificate for localhost, and its key.
    """
    at = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*made, "-keyout", at / "key.pem", "-out", at / "cert.pem"], check=True, capture_output=True)
    return at / "cert.pem", at / "key.pem"


def test_another_address_with_token_and_tls(certificate, tmp_path):
    """
    With a token and TLS it may be reached by others: who has both is served, and TLS 1.1 is not spoken.
    """
    cert, key = certificate
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{TOKEN}\n", encoding="ascii")
    context = ssl.create_default_context(cafile=str(cert))
    arguments = ["--address", "0.0.0.0", "--allowed-host", "localhost", "--token-file", tokens]
    with running(*arguments, "--tls-cert", cert, "--tls-key", key, context=context) as service:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        good = service.post(PRIMARY.read_bytes(), bearer, fact="recipient=primary")
        none = service.post(PRIMARY.read_bytes())
        wrong = service.post(PRIMARY.read_bytes(), {"Authorization": f"Bearer {TOKEN}0"})
        health = service.get("/health/ready")
        clear = service.send(LIVE + b"\r\n")
        status = service.stop()

    assert (good.status, good.verdict) == (200, "valid")
    assert [(each.status, each.reason, each.headers["www-authenticate"]) for each in (none, wrong)] == [
        (401, "token", "Bearer")
    ] * 2
    assert (health.status, clear, status) == (200, b"", 0)
    assert service.lines[0].startswith("itk3: serving https://0.0.0.0:")
    assert "whoever sends a token" in service.lines[0]
    assert not any(TOKEN in line for line in service.lines)


def test_behind_a_proxy(tmp_path):
    """
    It says that messages come in clear, and does not believe what a header says of where they come from.
    """
    arguments = ["--address", "0.0.0.0", "--allowed-host", "127.0.0.1", "--token-env", "ITK3_TEST_TOKEN"]
    with running(*arguments, "--behind-proxy", environment={"ITK3_TEST_TOKEN": TOKEN}) as service:
        headers = {
            "Authorization": f"Bearer {TOKEN}",
            "X-Forwarded-For": "10.9.8.7",
            "X-Forwarded-Host": "evil.example",
        }
        assert service.post(PRIMARY.read_bytes(), headers).status == 200
        service.told('"route": "/validate"')

    assert any("messages come in clear" in line for line in service.lines)
    assert not any("10.9.8.7" in line or "evil" in line for line in service.lines)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--address", "0.0.0.0"], "--token-file", id="not-safe"),
        pytest.param(["--address", "203.0.113.9", "--token-env", "T", "--behind-proxy"], "listened on", id="not-ours"),
        pytest.param(["--pack", "no-such-pack"], "no bundled pack", id="no-pack"),
        pytest.param(["--tls-cert", __file__, "--tls-key", __file__], "no pair that fits", id="no-certificate"),
    ],
)
def test_what_cannot_be_served_ends_with_2(arguments, told):
    """
    The sentence says what would do, and nothing is served.
    """
    done = subprocess.run(
        [sys.executable, "-m", "itk3_validator", "serve", "--port", "0", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "engine"), "T": TOKEN},
    )

    assert (done.returncode, told in done.stderr, done.stdout) == (2, True, "")
    assert "Traceback" not in done.stderr


# It calls nobody


def test_nothing_is_sent_to_where_the_environment_says(service):
    """
    The framework would send traces of requests by OpenTelemetry; this service opens no connection of its own.
    """
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(3)
        address = f"http://127.0.0.1:{trap.getsockname()[1]}"
        environment = {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": address}
        with running(environment={**environment, "OTEL_BSP_SCHEDULE_DELAY": "100"}) as traced:
            for _ in range(5):
                assert traced.post(PRIMARY.read_bytes()).status == 200
            with pytest.raises(TimeoutError):
                trap.accept()
            assert traced.stop() == 0


# What the documentation says


def examples():
    text = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def documented(tmp_path_factory):
    at = tmp_path_factory.mktemp("documented")
    shutil.copy(PRIMARY, at / "message.xml")
    shutil.copy(SAMPLES / "valid" / "gpcm-sd-oc-business-response.xml", at / "response.xml")
    with running("--pack", "gpcm-sd-oc") as made:
        yield made, at


@pytest.mark.parametrize("example", examples())
def test_the_examples_of_the_documentation_work(documented, example):
    """
    Every curl of docs/service.md is answered.
    """
    service, folder = documented
    command = example.replace(":8424", f":{service.port}").replace("curl -s", "curl -s --fail-with-body")
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout


def test_the_documentation_names_every_metric_and_reason(documented):
    """
    Metrics of the service stand in the table, and so do the reasons of problems in the source.
    """
    service, _ = documented
    text = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    told = service.get("/metrics").body.decode()
    names = set(re.findall(r"^# TYPE (itk3_\w+) ", told, re.MULTILINE))
    source = "\n".join(
        each.read_text(encoding="utf-8") for each in Path(ROOT / "engine/itk3_validator/adapters/service").glob("*.py")
    )
    reasons = set(re.findall(r'Problem\(\d+, "([a-z-]+)"', source)) - {"gone"}

    assert {name for name in names if name.removesuffix("_total") not in text} == set()
    assert len(reasons) >= 10
    assert {reason for reason in reasons if f"`{reason}`" not in text} == set()
    assert json.loads(service.get("/openapi.json").body)["info"]["title"] == "itk3-validator"
    assert XML["Content-Type"] in text
