"""
The parts of the service that need no server: settings, formats, forms, room, and what judges.
"""

from __future__ import annotations

import asyncio
import errno
import io
import json
import logging
import socket
import subprocess
import sys
from argparse import ArgumentParser
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from itk3_validator import CallInvalid, Limits, Validator
from itk3_validator.adapters import serve_command
from itk3_validator.adapters.service.accept import NAMES, media_type, named, negotiated
from itk3_validator.adapters.service.app import make_app
from itk3_validator.adapters.service.form import Form, read_form
from itk3_validator.adapters.service.gate import Gate
from itk3_validator.adapters.service.guard import REQUEST_ID, TOLD, Guard
from itk3_validator.adapters.service.judging import Judge, Task, Ways, make_judge, stated
from itk3_validator.adapters.service.server import _follow, listen
from itk3_validator.adapters.service.serving import Serving, Unjudged
from itk3_validator.adapters.service.settings import service_settings
from itk3_validator.adapters.service.watch import Events, Log, LoggedServer
from itk3_validator.adapters.settings import settings_from
from service_runs import PRIMARY, form

TOKEN = "0123456789abcdef"
TLS = ("--tls-cert", __file__, "--tls-key", __file__)
PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Message-Bundle-1"


# Formats


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        pytest.param(None, "json", id="no-header"),
        pytest.param("", "json", id="empty"),
        pytest.param("*/*", "json", id="anything"),
        pytest.param("application/*", "json", id="any-application"),
        pytest.param("text/*", "text", id="any-text"),
        pytest.param("application/fhir+xml", "operation-outcome", id="fhir-xml"),
        pytest.param("application/fhir+json", "operation-outcome-json", id="fhir-json"),
        pytest.param(f'application/fhir+xml; profile="{PROFILE}"', "itk3-response", id="response"),
        pytest.param(f'application/fhir+xml; profile="{PROFILE}", application/json;q=0.1', "itk3-response", id="first"),
        pytest.param('application/fhir+xml; profile="another"', "operation-outcome", id="another-profile"),
        pytest.param("application/xml", "junit", id="first-of-the-table"),
        pytest.param("text/html, application/json;q=0.9", "html", id="quality"),
        pytest.param("*/*;q=0.1, text/csv", "csv", id="exact-before-any"),
        pytest.param("*/*, application/json;q=0", "text", id="not-that"),
        pytest.param("TEXT/HTML", "html", id="case"),
        pytest.param("text/html;q=x", None, id="no-number"),
        pytest.param("image/png", None, id="none"),
        pytest.param("html", None, id="no-type"),
        pytest.param("*/*;q=0", None, id="nothing-will-do"),
        pytest.param("text/html;q=nan", None, id="nan"),
    ],
)
def test_a_format_is_negotiated(accept, name):
    """
    The most exact range speaks for a format, the best quality wins, and the order of the formats decides a tie.
    """
    assert negotiated(accept) == name


@given(st.text(max_size=200))
@example(",;=;,/" * 30)
def test_any_header_is_taken(accept):
    """
    Whatever stands in Accept, it is a format or none.
    """
    assert negotiated(accept) in {*NAMES, None}


def test_formats_have_names():
    """
    Each has a media type; others are told with a guess.
    """
    assert all(named(name) == name and "/" in media_type(name) for name in NAMES)
    with pytest.raises(CallInvalid, match="did you mean 'sarif'"):
        named("sarf")


# Forms


@given(
    st.binary(max_size=300),
    st.none() | st.binary(max_size=300),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=3),
)
@example(b"\r\n--", b"--\r\n", ["\r\n"])
def test_a_form_is_read_as_it_was_written(message, request, facts):
    """
    Whatever the fields hold, they come back byte for byte.
    """
    fields = [("message", message), *([("request", request)] if request is not None else [])]
    body, kind = form([*fields, *(("fact", each.encode()) for each in facts)], "a-boundary-that-no-field-holds")

    assert read_form(kind, body) == Form(message, request, tuple(facts))


@given(st.binary(max_size=400), st.integers(0, 400))
def test_a_broken_form_is_a_wrong_call(noise, at):
    """
    Noise in a form is read, or refused in words; never anything else.
    """
    body, kind = form([("message", b"<a/>"), ("fact", b"a=b")])
    broken = body[:at] + noise + body[at:]

    with suppress(CallInvalid):
        assert isinstance(read_form(kind, broken).message, bytes)


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        pytest.param("multipart/form-data", b"", "names no boundary", id="no-boundary"),
        pytest.param(f"multipart/form-data; boundary={'x' * 300}", b"", "no multipart", id="long-boundary"),
        pytest.param("multipart/form-data; boundary=x", b"", "breaks off", id="empty"),
        pytest.param("multipart/form-data; boundary=x", b"<a/>", "no multipart", id="no-form"),
        pytest.param(
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\n<a/>',
            "breaks off",
            id="no-end",
        ),
    ],
)
def test_what_is_no_form_is_told(kind, body, told):
    """
    Why a form cannot be read.
    """
    with pytest.raises(CallInvalid, match=told):
        read_form(kind, body)


# Room


def test_room_is_given_and_given_back():
    """
    So many requests, of so many bytes together; leaving twice gives back once.
    """
    gate = Gate(2, 100)
    first, second = gate.enter(), gate.enter()

    assert gate.enter() is None
    assert (first.grow(60), second.grow(50), second.grow(40), second.grow(30)) == (True, False, True, True)
    assert gate.held == 100
    second.leave()
    second.leave()
    assert (gate.inside, gate.held, gate.enter() is None) == (1, 60, False)


# Settings


def parsed(*arguments):
    from itk3_validator.adapters.settings import values_from

    parser = ArgumentParser()
    serve_command.add_arguments(parser)
    return values_from(vars(parser.parse_args(arguments)), None)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--address", "0.0.0.0"], ["--token-file", "--tls-cert", "--allowed-host"], id="anybody"),
        pytest.param(["--address", "10.0.0.1", "--behind-proxy"], ["--token-file"], id="no-token"),
        pytest.param(["--address", "10.0.0.1", "--token-env", "T"], ["--tls-cert"], id="in-clear"),
        pytest.param(["--address", "::", "--token-env", "T", "--behind-proxy"], ["--allowed-host"], id="any-name"),
        pytest.param(["--address", "example.org"], ["no IP address"], id="no-address"),
        pytest.param(["--token-env", "NONE"], ["--token-env NONE: there is no token"], id="no-such-variable"),
        pytest.param(["--token-env", "SHORT"], ["16 to 500"], id="short-token"),
        pytest.param(["--token-file", "/no/such/file"], ["cannot be read"], id="no-such-file"),
        pytest.param(["--token-file", "a", "--token-env", "T"], ["not both"], id="two-tokens"),
        pytest.param(["--tls-cert", __file__], ["both"], id="no-key"),
        pytest.param(["--tls-cert", "/no/such", "--tls-key", "/no/such"], ["is no file"], id="no-certificate"),
        pytest.param(["--allowed-host", "https://a/b"], ["no name of a host"], id="no-host"),
        pytest.param(["--port", "65536"], ["0 to 65,535"], id="port"),
        pytest.param(["--concurrency", "0"], ["1 to 10,000"], id="no-room"),
        pytest.param(["--processes", "many"], ["whole number"], id="no-number"),
    ],
)
def test_what_is_not_safe_is_refused(arguments, told):
    """
    What would let anybody in, or cannot be meant, is told with what would do; no token is shown.
    """
    with pytest.raises(CallInvalid) as error:
        service_settings(parsed(*arguments), {"T": TOKEN, "SHORT": "sesame"})

    assert [each for each in told if each not in str(error.value)] == []
    assert "sesame" not in str(error.value)
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "url", "hosts"),
    [
        pytest.param([], "http://127.0.0.1:8424", ("localhost", "127.0.0.1", "::1"), id="nothing"),
        pytest.param(["--address", "localhost", "--port", "1"], "http://127.0.0.1:1", None, id="localhost"),
        pytest.param(["--address", "::1"], "http://[::1]:8424", None, id="ip-6"),
        pytest.param(["--allowed-host", "ITK.local"], "http://127.0.0.1:8424", ("itk.local", "localhost"), id="name"),
        pytest.param(
            ["--address", "10.0.0.1", "--token-env", "T", "--behind-proxy"],
            "http://10.0.0.1:8424",
            ("10.0.0.1",),
            id="behind-a-proxy",
        ),
        pytest.param(
            ["--address", "0.0.0.0", "--token-env", "T", *TLS, "--allowed-host", "itk.example"],
            "https://0.0.0.0:8424",
            ("itk.example",),
            id="tls",
        ),
    ],
)
def test_what_is_safe_is_taken(arguments, url, hosts):
    """
    Loopback needs nothing; other addresses need a token, TLS or a proxy, and a name.
    """
    made = service_settings(parsed(*arguments), {"T": f"{TOKEN}\n{TOKEN}x\n"})

    assert made.url == url
    assert hosts is None or made.hosts[: len(hosts)] == hosts
    assert made.tokens == ((TOKEN.encode(), f"{TOKEN}x".encode()) if "--token-env" in arguments else ())
    assert TOKEN not in repr(made)


def test_answers_are_sent_at_once():
    """
    The socket says that it is TCP; else each answer waits 40 ms for the acknowledgement of its head.
    """
    with listen(service_settings(parsed("--port", "0"), {})) as listening:
        assert listening.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("key", ["waivers", "baseline", "request"])
def test_settings_that_change_verdicts_are_not_passed_over(tmp_path, key):
    """
    A file of settings for other commands that names what a service does not have is refused.
    """
    config = tmp_path / "itk3.toml"
    config.write_text(f'{key} = "x"\n', encoding="utf-8")
    parser = ArgumentParser()
    serve_command.add_arguments(parser)

    with pytest.raises(CallInvalid, match=f"the settings say {key}"):
        serve_command.run(parser.parse_args(["--config", str(config)]))


# What judges


@pytest.fixture(scope="module")
def judge():
    return Judge(Validator(), Ways({}, None, frozenset(), frozenset(), None))


def task(body, **more):
    fields = {"content_type": "application/fhir+xml", "format": "json", "facts": ()}
    rest = {"interaction": None, "pack": None, "id": UUID(int=1), "made": datetime(2026, 1, 1, tzinfo=UTC)}
    return Task("r-1", body, **{**fields, **rest, **more})


def judged(judge, body, **more):
    return judge(task(body, **more), lambda _part: None)


def test_an_answer_says_what_may_be_told(judge):
    """
    The verdict and the ids that failed, beside the report itself.
    """
    message = PRIMARY.read_bytes().replace(b"<valueBoolean", b"<valueBoolean", 1)
    good = judged(judge, message, facts=("recipient=primary",))
    bad = judged(judge, message.replace(b'"FA"', b'"FI"'), facts=("recipient=primary",))

    assert (good.verdict, good.pack, good.interaction, good.failed) == ("valid", "gpcm-sd-oc", "report", ())
    assert (bad.verdict, "GPCM-SD-OC-141" in bad.failed) == ("invalid", True)
    assert json.loads(bad.body)["messages"][0]["source"] == "r-1"


def test_nobody_is_answered_for_a_part_of_the_requirements(judge):
    """
    A service that asks some requirements only reports on them, and makes no ITK3 response, which speaks of all.
    """
    some = Judge(Validator(["gpcm-sd-oc"]), Ways({}, None, frozenset({"GPCM-SD-OC-143"}), frozenset(), None))
    report, refused = (judged(some, PRIMARY.read_bytes(), format=name) for name in ("json", "itk3-response"))
    whole = judged(judge, PRIMARY.read_bytes(), format="itk3-response")

    assert (report.verdict, refused.verdict, whole.verdict) == ("valid", None, "undecided")
    assert "does not answer for all" in refused.why


def test_one_pack_can_be_asked(judge):
    """
    Among those that are served.
    """
    assert judged(judge, PRIMARY.read_bytes(), pack="itk3-message").pack == "itk3-message"
    assert judged(judge, PRIMARY.read_bytes(), pack="rules").why.startswith("no pack of that name is served")


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(["a=b", "c=d=e", "f="], {"a": "b", "c": "d=e", "f": ""}, id="several"),
        pytest.param(["a=b", "a=b"], {"a": "b"}, id="twice-the-same"),
        pytest.param(["a"], None, id="no-sign"),
        pytest.param(["=a"], None, id="no-name"),
        pytest.param(["a=b", "a=c"], None, id="contradiction"),
    ],
)
def test_facts_are_names_and_values(facts, found):
    """
    NAME=VALUE, each once.
    """
    if found is None:
        with pytest.raises(CallInvalid):
            stated(facts)
    else:
        assert stated(facts) == found


# The guard


async def through(guard, headers, path="/packs", method="GET"):
    """
    The status that a request gets, and the line that is logged of it.
    """
    sent = []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": ("127.0.0.1", 1),
    }

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await guard(scope, receive, send)
    assert (scope[REQUEST_ID], scope[TOLD] is not None) != ("", False)
    return sent[0]["status"]


async def answered(guard):
    """
    The status, the kind and the body of what is answered to GET /packs.
    """
    sent = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/packs",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await guard(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])[b"content-type"], sent[1]["body"]


HOST = ("host", "localhost:8424")


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        pytest.param([HOST, ("authorization", f"Bearer {TOKEN}")], "/packs", 200, id="token"),
        pytest.param([HOST, ("authorization", f"bearer {TOKEN}")], "/packs", 200, id="lower-case"),
        pytest.param([HOST, ("authorization", "Bearer another-token-of-old")], "/packs", 200, id="second-token"),
        pytest.param([HOST], "/packs", 401, id="none"),
        pytest.param([HOST, ("authorization", f"Bearer {TOKEN[:-1]}")], "/packs", 401, id="short"),
        pytest.param([HOST, ("authorization", f"Bearer {TOKEN}x")], "/packs", 401, id="long"),
        pytest.param([HOST, ("authorization", f"Basic {TOKEN}")], "/packs", 401, id="basic"),
        pytest.param([HOST, ("authorization", TOKEN)], "/packs", 401, id="bare"),
        pytest.param([HOST, ("authorization", "Bearer ")], "/packs", 401, id="empty"),
        pytest.param([HOST], "/metrics", 401, id="metrics"),
        pytest.param([HOST], "/openapi.json", 401, id="openapi"),
        pytest.param([HOST], "/health/live", 200, id="health"),
        pytest.param([HOST], "/healthy", 401, id="like-health"),
        pytest.param([HOST], "//health/live", 401, id="health-elsewhere"),
        pytest.param([("host", "LOCALHOST")], "/health/live", 200, id="host-case"),
        pytest.param([("host", "[::1]:8424")], "/health/live", 200, id="host-ip-6"),
        pytest.param([("host", "localhost.evil.example")], "/health/live", 421, id="host-suffix"),
        pytest.param([("host", "evil@localhost:80@evil.example")], "/health/live", 421, id="host-user"),
        pytest.param([("host", "")], "/health/live", 421, id="host-empty"),
        pytest.param([("host", "[::1")], "/health/live", 421, id="host-broken"),
        pytest.param([], "/health/live", 421, id="host-none"),
        pytest.param([HOST, HOST], "/health/live", 421, id="host-twice"),
        pytest.param([HOST, ("origin", "http://localhost:8424")], "/health/live", 200, id="origin"),
        pytest.param([HOST, ("origin", "http://evil.example")], "/health/live", 403, id="origin-other"),
        pytest.param([HOST, ("origin", "null")], "/health/live", 403, id="origin-null"),
        pytest.param(
            [HOST, ("content-length", "1"), ("transfer-encoding", "chunked")], "/health/live", 400, id="two-lengths"
        ),
    ],
)
def test_who_may_ask(headers, path, status):
    """
    Host and Origin have to be names of the service, and everything but /health needs a token. No token is logged.
    """
    log = io.StringIO()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    tokens = [TOKEN.encode(), b"another-token-of-old"]
    guard = Guard(app, Events(Log(log), Gate(1, 1)), hosts=["localhost", "::1"], tokens=tokens)

    assert asyncio.run(through(guard, headers, path)) == status
    assert TOKEN[:-1] not in log.getvalue()
    assert json.loads(log.getvalue())["status"] == status


def test_a_mistake_of_ours_costs_one_request():
    """
    An exception is answered 500; its kind and place are logged, and its text, which may hold a message, is not.
    """
    log = io.StringIO()

    async def app(scope, receive, send):
        raise ValueError("Jane Doe")

    guard = Guard(app, Events(Log(log), Gate(1, 1)), hosts=["localhost"], tokens=[])

    assert asyncio.run(through(guard, [HOST])) == 500
    assert "Jane" not in log.getvalue()
    assert [json.loads(line)["event"] for line in log.getvalue().splitlines()] == ["request failed", "request"]
    assert json.loads(log.getvalue().splitlines()[0])["exception"] == "ValueError"


class BrokenServing:
    is_able = True

    @property
    def current(self):
        raise ValueError("Jane Doe")


def test_a_mistake_of_ours_is_told_like_other_refusals():
    """
    What goes wrong inside the application is answered as a problem, without a word of the exception.
    """
    log = io.StringIO()
    gate = Gate(1, 1)
    events = Events(Log(log), gate)
    app = make_app(BrokenServing(), gate, events, Limits(), read_time=1, token=False)

    status, kind, body = asyncio.run(answered(Guard(app, events, hosts=["localhost"], tokens=[])))

    assert (status, kind) == (500, b"application/problem+json")
    assert json.loads(body)["reason"] == "failed"
    assert "Jane" not in body.decode() + log.getvalue()
    assert [json.loads(line)["event"] for line in log.getvalue().splitlines()] == ["request failed", "request"]


def test_what_asyncio_logs_shows_no_data():
    """
    Of a sentence of the server the beginning is logged: arguments and exceptions come after it.
    """
    log = io.StringIO()
    text = "Exception in callback done(b'Jane Doe')\nfuture: <Future finished exception=ValueError('Jane Doe')>"

    LoggedServer(Log(log)).emit(logging.LogRecord("asyncio", logging.ERROR, __file__, 1, text, None, None))

    assert json.loads(log.getvalue())["said"] == "Exception in callback done"
    assert "Jane" not in log.getvalue()


# Versions of the packs


def test_processes_that_are_gone_are_made_anew():
    """
    Where nothing takes a message any more the service says that it is not able, and is again once it is mended.
    """
    settings = settings_from({}, None)
    ways = Ways({}, None, frozenset(), frozenset(), None)
    events = Events(Log(io.StringIO()), Gate(1, 1))

    async def scenario():
        serving = Serving(
            make_judge, settings, Validator(["itk3-message"]), ways, events, processes=1, time_limit=60, waiting=2
        )
        await serving.begin()
        await asyncio.to_thread(serving.current.workers.close)
        with pytest.raises(Unjudged, match="no-process"):
            await serving.judge(task(b"<Bundle/>"))
        able = serving.is_able
        await serving.mend()
        answer = await serving.judge(task(b"<Bundle/>"))
        await serving.end()
        return able, serving.is_able, answer.verdict

    assert asyncio.run(scenario()) == (False, True, "unrecognised")


def test_a_lack_of_means_is_no_end(monkeypatch):
    """
    Where there is no room for a process just now, the version that serves goes on, and it is tried again.
    """
    events = Events(Log(io.StringIO()), Gate(1, 1))
    ways = Ways({}, None, frozenset(), frozenset(), None)
    given = (make_judge, settings_from({}, None), Validator(["itk3-message"]), ways, events)

    def nothing_left(*_arguments, **_more):
        raise OSError(errno.EMFILE, "Too many open files")

    async def scenario():
        serving = Serving(*given, processes=1, time_limit=60, waiting=2)
        await serving.begin()
        with monkeypatch.context() as patched:
            patched.setattr("itk3_validator.adapters.service.serving.Workers", nothing_left)
            patched.setattr("itk3_validator.adapters.service.loading.Workers", nothing_left)
            await serving.reload()
            serving.is_able = False
            await serving.mend()
        told = serving.refused.problems, serving.is_able
        await serving.mend()
        answer = await serving.judge(task(b"<Bundle/>"))
        await serving.end()
        return told, serving.is_able, answer.verdict

    told = ("no process can judge by the new version",), False
    assert asyncio.run(scenario()) == (told, True, "unrecognised")


class Changing:
    """
    Packs whose files are changed once more while they are loaded.
    """

    is_able = True

    def __init__(self):
        self.files = 0
        self.loaded = []
        self.is_known = False

    def signature(self):
        self.is_known = True
        return self.files

    async def reload(self):
        self.loaded.append(self.files)
        self.files = 2


def test_what_changes_while_packs_are_loaded_is_loaded_too():
    """
    A version that was saved while another was loading is not passed over.
    """

    async def scenario():
        packs = Changing()
        following = asyncio.create_task(_follow(packs, 0.01))
        async with asyncio.timeout(60):
            while not packs.is_known:
                await asyncio.sleep(0.01)
            packs.files = 1
            while len(packs.loaded) < 2:
                await asyncio.sleep(0.01)
        following.cancel()
        return packs.loaded

    assert asyncio.run(scenario()) == [1, 2]


# Nothing without being asked for


def test_other_commands_import_none_of_it():
    """
    Neither the package nor `itk3 validate` imports what the service needs.
    """
    code = (
        "import sys, itk3_validator\nfrom itk3_validator.adapters.cli import main\n"
        f"main(['validate', {str(PRIMARY)!r}, '--quiet'])\n"
        "print(*({'fastapi', 'uvicorn', 'starlette', 'pydantic', 'asyncio', 'prometheus_client'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == ""


def test_the_help_names_every_option():
    """
    Options of other commands that would do nothing here are not offered.
    """
    parser = ArgumentParser()
    serve_command.add_arguments(parser)
    text = parser.format_help()

    assert all(f"--{each}" in text for each in ("address", "token-file", "behind-proxy", "responder-ods", "max-size"))
    assert not any(f"--{each} " in text for each in ("format", "waivers", "colour", "request"))
