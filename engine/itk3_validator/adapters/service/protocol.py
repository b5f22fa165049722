"""
Connections with an end: uvicorn alone waits for ever for the head of a request and for an answer to be read, on as
many connections as are made.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n"
    b"content-length: 0\r\nx-request-id: -\r\n\r\n"
)
_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\nx-request-id: -\r\n\r\n"


class Bounds:
    """
    What connections are held to: how many there may be, and how long, in seconds, the head of a request may take to
    come, and an answer to be read.
    """

    def __init__(self, connections: int, head_time: float, answer_time: float) -> None:
        self.connections = connections
        self.head_time = head_time
        self.answer_time = answer_time


def bounded(bounds: Bounds) -> type[asyncio.Protocol]:
    """
    The protocol of a service with these bounds.
    """

    class Bounded(H11Protocol):
        _late: asyncio.TimerHandle | None = None
        _unread: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if len(self.connections) > bounds.connections:
                transport.write(_FULL)
                transport.close()
                return
            self._expect()

        def data_received(self, data: bytes) -> None:
            # What is still read of a connection that is being closed is for nobody.
            if self.transport.is_closing():
                return
            super().data_received(data)
            if self._is_answering():
                self._forget()
            elif self.timeout_keep_alive_task is None:
                self._expect()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            # The beginning of another request may have come with the last one.
            if not self._is_answering() and self.conn.trailing_data[0]:
                self._expect()
            # Closing waits until all of it is sent, however long that takes.
            if self.transport.get_write_buffer_size():
                self._limit_writing()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._limit_writing()

        def resume_writing(self) -> None:
            super().resume_writing()
            if self.transport.get_write_buffer_size() == 0 or self._is_answering():
                self._end_limit()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget()
            self._end_limit()
            super().connection_lost(exc)

        def shutdown(self) -> None:
            try:
                super().shutdown()
            except h11.LocalProtocolError:
                self.transport.close()

        def _is_answering(self) -> bool:
            # uvicorn says that there is a cycle before there is one.
            cycle: Any = self.cycle
            return cycle is not None and not cycle.response_complete

        def _expect(self) -> None:
            if self._late is None:
                self._late = self.loop.call_later(bounds.head_time, self._is_late)

        def _forget(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

        def _is_late(self) -> None:
            if not self.transport.is_closing() and not self._is_answering():
                self.transport.write(_LATE)
                self.transport.close()

        def _limit_writing(self) -> None:
            if self._unread is None:
                self._unread = self.loop.call_later(bounds.answer_time, self._is_unread)

        def _end_limit(self) -> None:
            if self._unread is not None:
                self._unread.cancel()
                self._unread = None

        def _is_unread(self) -> None:
            self._unread = None
            if self.transport.get_write_buffer_size():
                self.transport.abort()

    return Bounded
