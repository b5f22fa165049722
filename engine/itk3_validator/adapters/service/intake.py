"""
A message on its way in: refused as early as can be, read as far as there is room, and judged.
"""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import Request, Response

from itk3_validator import Limits
from itk3_validator.adapters.service.gate import Gate, Slot
from itk3_validator.adapters.service.guard import REQUEST_ID, TOLD
from itk3_validator.adapters.service.judging import FORM, Answer, Task
from itk3_validator.adapters.service.problem import Problem
from itk3_validator.adapters.service.serving import Serving, Unjudged
from itk3_validator.adapters.service.watch import Events

_XML: Final = frozenset({"application/fhir+xml", "application/xml", "text/xml"})
# The names of fields and the boundaries of a form.
_AROUND_FORM: Final = 100_000
_RETRY: Final = "1"
_UNJUDGED: Final = {
    "time-limit": (504, "judging the message took longer than the time limit"),
    "failed": (500, "a mistake in the service kept it from judging the message"),
    "crash": (500, "the message ended the process that judged it, twice"),
    "busy": (503, "as many messages are being judged as may; try again"),
    "no-process": (503, "there is no process that can judge; try again"),
}


class Intake:
    """
    Takes a message in, as far as there is room, and has it judged.
    """

    def __init__(self, serving: Serving, gate: Gate, events: Events, limits: Limits, read_time: float) -> None:
        self._serving = serving
        self._gate = gate
        self._events = events
        self._limits = limits
        self._read_time = read_time

    def limit_of(self, request: Request) -> int:
        """
        The most bytes that the body may have; refuses before it is read what it can.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _XML and kind != FORM:
            raise Problem(415, "type", "send XML with Content-Type: application/fhir+xml, or multipart/form-data")
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "type", "send the message as it is, without a Content-Encoding")
        limit = 2 * self._limits.message + _AROUND_FORM if kind == FORM else self._limits.message
        if int(request.headers.get("content-length", "0")) > limit:
            raise self._too_large(limit)
        return limit

    async def answer(self, request: Request, task: Task, limit: int) -> Response:
        slot = self._gate.enter()
        if slot is None:
            raise _no_room()
        try:
            body = await self._body(request, slot, limit)
            content_type = request.headers.get("content-type", "")
            whole = task._replace(name=request.scope[REQUEST_ID], body=body, content_type=content_type)
            answer = await self._judged(request, whole)
        finally:
            slot.leave()
        return self._response(request, answer)

    async def _body(self, request: Request, slot: Slot, limit: int) -> bytes:
        try:
            async with asyncio.timeout(self._read_time):
                return await self._read(request, slot, limit)
        except TimeoutError:
            raise Problem(408, "slow", "the message did not come in in time") from None

    async def _read(self, request: Request, slot: Slot, limit: int) -> bytes:
        announced = int(request.headers.get("content-length", "0"))
        if not slot.grow(announced):
            raise _no_room()
        pieces, size, more = [], 0, True
        while more:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise Problem(400, "gone", "the caller has gone")
            more, piece = message.get("more_body", False), message.get("body", b"")
            size += len(piece)
            if size > limit:
                raise self._too_large(limit)
            if not slot.grow(size):
                raise _no_room()
            pieces.append(piece)
        return b"".join(pieces)

    async def _judged(self, request: Request, task: Task) -> Answer:
        """
        The answer; a message whose caller has gone is not begun any more.
        """
        judged, gone = asyncio.ensure_future(self._serving.judge(task)), asyncio.ensure_future(request.receive())
        try:
            await asyncio.wait((judged, gone), return_when=asyncio.FIRST_COMPLETED)
            if not judged.done():
                raise Problem(400, "gone", "the caller has gone")
            return judged.result()
        except Unjudged as error:
            status, detail = _UNJUDGED[error.why]
            headers = {"Retry_After": _RETRY} if status == 503 else {}
            raise Problem(status, error.why, detail, **headers) from None
        finally:
            judged.cancel()
            gone.cancel()

    def _response(self, request: Request, answer: Answer) -> Response:
        if answer.verdict is None:
            raise Problem(400, "call", answer.why or "")
        self._events.judged(answer.pack, answer.verdict, answer.failed)
        request.scope[TOLD].update(
            verdict=answer.verdict, pack=answer.pack, interaction=answer.interaction, failed=len(answer.failed)
        )
        if not answer.body:
            return Response(None, 204, {"itk3-verdict": answer.verdict, "itk3-silence": answer.why or ""})
        return Response(answer.body, 200, {"content-type": answer.media_type, "itk3-verdict": answer.verdict})

    def _too_large(self, limit: int) -> Problem:
        return Problem(413, "too-large", f"the message is larger than {limit:,} bytes, the most that is read")


def _no_room() -> Problem:
    detail = "as many messages are being read and judged as may; try again"
    return Problem(503, "busy", detail, Retry_After=_RETRY)
