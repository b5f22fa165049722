"""
The service as a process of its own on loopback, and callers of it, well-behaved and not.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SAMPLES = ROOT / "samples"
PRIMARY = SAMPLES / "valid" / "gpcm-sd-oc-primary.xml"
XML = {"Content-Type": "application/fhir+xml"}
# Nothing here takes this long, unless it never ends.
LONG = 120


class Got(NamedTuple):
    """
    One answer.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """
        The word for why it was refused.
        """
        return str(self.json["reason"])

    @property
    def verdict(self) -> str | None:
        return self.headers.get("itk3-verdict")


class Service:
    """
    A service that runs. Its log is read while it runs, so that it never waits for a reader.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.port = 0
        self._context: ssl.SSLContext | None = None
        self._told = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def begin(self, context: ssl.SSLContext | None) -> None:
        """
        Wait until it serves.
        """
        self._context = context
        self.port = int(self.told(r"serving https?://\S+?:(\d+) to")[1])
        self.told('"event": "serving"')

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as told:
            for line in told:
                with self._told:
                    self.lines.append(line.rstrip("\n"))
                    self._told.notify_all()
        with self._told:
            self._told.notify_all()

    def told(self, pattern: str, *, times: int = 1) -> re.Match[str]:
        """
        Wait until the log has told something as often as that.
        """

        def found() -> list[re.Match[str]]:
            return [match for line in self.lines if (match := re.search(pattern, line))]

        with self._told:
            self._told.wait_for(lambda: len(found()) >= times or self.process.poll() is not None, LONG)
            if len(found()) < times:
                raise AssertionError(f"never told: {pattern}\n" + "\n".join(self.lines[-20:]))
            return found()[times - 1]

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connection(self) -> HTTPConnection:
        if self._context is not None:
            return HTTPSConnection("localhost", self.port, timeout=LONG, context=self._context)
        return HTTPConnection("127.0.0.1", self.port, timeout=LONG)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Got:
        connection = self.connection()
        try:
            return asked(connection, method, path, body, headers)
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Got:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, body: Any, headers: dict[str, str] | None = None, **query: Any) -> Got:
        return self.ask("POST", validate_path(**query), body, {**XML, **(headers or {})})

    def post_form(self, fields: list[tuple[str, bytes]], **query: Any) -> Got:
        body, kind = form(fields)
        return self.ask("POST", validate_path(**query), body, {"Content-Type": kind})

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=LONG)

    def send(self, data: bytes) -> bytes:
        """
        Send bytes, and read until the service closes the connection.
        """
        with self.raw() as connection:
            return exchange(connection, data)

    def metric(self, name: str, **labels: str) -> float:
        """
        The value of a metric; 0 where it is not there.
        """
        wanted = "".join(f'{key}="{value}",' for key, value in sorted(labels.items())).rstrip(",")
        line = f"{name}{{{wanted}}}" if wanted else name
        for each in self.get("/metrics").body.decode().splitlines():
            found, _, value = each.rpartition(" ")
            if found == line:
                return float(value)
        return 0.0

    def workers(self) -> list[int]:
        """
        The processes that judge: the children of the fork server.
        """
        tree: dict[int, list[int]] = {}
        for each in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = each.read_text(encoding="utf-8").rpartition(")")
            except OSError:
                continue
            if rest.split()[0] != "Z":
                tree.setdefault(int(rest.split()[1]), []).append(int(name.split()[0]))
        children = [child for each in tree.get(self.process.pid, []) for child in tree.get(each, [])]
        return sorted(children)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """
        Tell it to stop, wait, and return the exit status.
        """
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        status = self.process.wait(LONG)
        self._reader.join(LONG)
        return status


def asked(
    connection: HTTPConnection, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Got:
    """
    One request on a connection that may be used again.
    """
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return Got(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def validate_path(**query: Any) -> str:
    parts = [
        f"{name}={quote(str(each))}"
        for name, value in query.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return f"/validate?{'&'.join(parts)}" if parts else "/validate"


def form(fields: list[tuple[str, bytes]], boundary: str = "-=- of a test") -> tuple[bytes, str]:
    """
    The body of a form and its Content-Type.
    """
    pieces = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields
    ]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()]), f'multipart/form-data; boundary="{boundary}"'


def exchange(connection: socket.socket, data: bytes) -> bytes:
    """
    Send bytes, and read to the end.
    """
    # Refused while it was sent, there may still be an answer.
    with suppress(OSError):
        connection.sendall(data)
    return b"".join(pieces(connection))


def pieces(connection: socket.socket) -> Iterator[bytes]:
    try:
        while piece := connection.recv(65_536):
            yield piece
    except ConnectionResetError:
        return


@contextmanager
def running(
    *arguments: object,
    script: str = "",
    context: ssl.SSLContext | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[Service]:
    """
    A service with these arguments; *script* is a module of tests/ to run in place of the command.
    """
    command = [sys.executable, "-W", "error", "-m", script or "itk3_validator", *([] if script else ["serve"])]
    process = subprocess.Popen(
        [*command, "--port", "0", *map(str, arguments)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'engine'}{os.pathsep}{TESTS}", **(environment or {})},
        start_new_session=True,
    )
    service = Service(process)
    try:
        service.begin(context)
        yield service
    finally:
        if process.poll() is None:
            process.kill()
        service.ended()
