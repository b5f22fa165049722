"""
What every request passes before anything else looks at it: who asks, by which name, and with what id.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from itk3_validator.adapters.service.problem import MEDIA_TYPE, Problem, mistake
from itk3_validator.adapters.service.watch import Events, described

Headers: TypeAlias = Mapping[bytes, bytes]

TOLD: Final = "itk3.told"
REQUEST_ID: Final = "itk3.request_id"
SIZE: Final = "itk3.size"
HEALTH: Final = "/health/"
LONGEST_HEAD: Final = 16_384

_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
# How long, in seconds, what a refused caller still sends is thrown away, so that it gets to read the answer.
_LINGER: Final = 2.0
_COMMON: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class Guard:
    """
    Wraps the application: checks Host, Origin and token, answers what is refused, logs and counts.

    Args:
        hosts: names by which the service is asked, in lower case and without port.

        tokens: any of them will do; none are asked for when there are none.
    """

    def __init__(self, app: ASGIApp, events: Events, *, hosts: Collection[str], tokens: Collection[bytes]) -> None:
        self._app = app
        self._events = events
        self._hosts = frozenset(hosts)
        self._tokens = tuple(tokens)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began = time.monotonic()
        headers = dict(scope["headers"])
        scope[TOLD] = {}
        scope[REQUEST_ID] = _request_id(headers)
        exchange = _Exchange(scope, headers, receive, send)
        await self._answer(scope, headers, exchange)
        self._tell(scope, exchange, time.monotonic() - began)

    async def _answer(self, scope: Scope, headers: Headers, exchange: _Exchange) -> None:
        try:
            self._check(scope, headers)
            await self._app(scope, exchange.receive, exchange.send)
        except Problem as problem:
            await self._refuse(problem, scope, exchange)
        except Exception as error:  # noqa: BLE001  # whatever it is, it costs one request and is told
            self._events.log.alarm("request failed", request_id=scope[REQUEST_ID], **described(error))
            if exchange.status is None:
                await self._refuse(mistake(), scope, exchange)

    async def _refuse(self, problem: Problem, scope: Scope, exchange: _Exchange) -> None:
        scope[TOLD]["refused"] = problem.reason
        body = problem.body(scope[REQUEST_ID])
        said = [(name.lower().encode(), value.encode("latin-1")) for name, value in problem.headers.items()]
        head = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body)), *said]
        await exchange.send({"type": "http.response.start", "status": problem.status, "headers": head})
        await exchange.send({"type": "http.response.body", "body": body})

    def _check(self, scope: Scope, headers: Headers) -> None:
        if _head_size(scope) > LONGEST_HEAD:
            raise Problem(431, "head", f"the head of the request is longer than {LONGEST_HEAD:,} bytes")
        names = [name for name, _ in scope["headers"]]
        if b"transfer-encoding" in names and b"content-length" in names:
            raise Problem(400, "framing", "the request has both a Content-Length and a Transfer-Encoding")
        if names.count(b"host") != 1 or _host(headers[b"host"]) not in self._hosts:
            raise Problem(421, "host", "the service is not asked by this name; see --allowed-host")
        if b"origin" in headers and _origin(headers[b"origin"]) not in self._hosts:
            raise Problem(403, "origin", "pages of other sites may not ask this service")
        if self._tokens and not scope["path"].startswith(HEALTH) and not self._is_known(headers):
            raise Problem(401, "token", "a token is needed: Authorization: Bearer TOKEN", WWW_Authenticate="Bearer")

    def _is_known(self, headers: Headers) -> bool:
        kind, _, token = headers.get(b"authorization", b"").partition(b" ")
        # All of them are compared, however soon one fits.
        fits = [hmac.compare_digest(token.strip(), each) for each in self._tokens]
        return kind.lower() == b"bearer" and any(fits)

    def _tell(self, scope: Scope, exchange: _Exchange, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "-")
        # 499: the caller has gone, and nobody read an answer.
        status = exchange.status if exchange.status is not None and not exchange.is_cut else 499
        self._events.received(exchange.size)
        if "refused" in scope[TOLD]:
            self._events.turned_away(scope[TOLD]["refused"])
        self._events.answered(
            request_id=scope[REQUEST_ID],
            route=route,
            method=scope["method"],
            status=status,
            seconds=seconds,
            bytes=exchange.size,
            client=scope["client"][0] if scope.get("client") else None,
            **scope[TOLD],
        )


class _Exchange:
    """
    One request and its answer: counts what comes in, and ends the connection where a body was not read to its end.
    """

    def __init__(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        self.status: int | None = None
        self.size = 0
        self.is_cut = False
        self._id: str = scope[REQUEST_ID]
        self._receive = receive
        self._send = send
        self._is_read = headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers
        self._waits_for_100 = headers.get(b"expect", b"").lower() == b"100-continue"

    async def receive(self) -> Message:
        self._waits_for_100 = False
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.is_cut = self.status is None
            self._is_read = True
        else:
            self.size += len(message.get("body", b""))
            self._is_read = self._is_read or not message.get("more_body")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            more = [(b"x-request-id", self._id.encode()), *_COMMON]
            if not self._is_read:
                more.append((b"connection", b"close"))
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        elif not message.get("more_body") and not self._is_read:
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    async def _linger(self) -> None:
        if self._waits_for_100:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                while not self._is_read:
                    await self.receive()


def _request_id(headers: Headers) -> str:
    """
    The caller's id of the request, where it is one that can stand in a log; else a new one.
    """
    given = headers.get(b"x-request-id", b"")
    return given.decode("ascii") if _ID.fullmatch(given) else uuid4().hex


def _head_size(scope: Scope) -> int:
    # The parser looks at the size only while a head is not complete.
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    return headers + len(scope.get("raw_path", b"")) + len(scope.get("query_string", b""))


def _host(value: bytes) -> str | None:
    try:
        return urlsplit(f"//{value.decode('ascii')}").hostname
    except ValueError:
        return None


def _origin(value: bytes) -> str | None:
    try:
        return urlsplit(value.decode("ascii")).hostname
    except ValueError:
        return None


def refusal_of(error: Any) -> Problem:
    """
    What the framework refuses by itself: a path that nobody serves, a method that it does not have.
    """
    details = {404: "there is nothing here; /openapi.json tells what there is", 405: "this path has another method"}
    return Problem(error.status_code, "unserved", details.get(error.status_code, "the request is wrong"))
