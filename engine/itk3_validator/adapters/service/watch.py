"""
What operators see of the service: its log, one JSON object a line, and its metrics for Prometheus.

Both hold ids, names of packs and rules, and counts; never what a message or a caller says.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from itertools import islice
from traceback import walk_tb
from typing import Any, Final, TextIO

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from itk3_validator import RulePack, __version__
from itk3_validator.adapters.clock import now
from itk3_validator.adapters.service.gate import Gate

METRICS_TYPE: Final = CONTENT_TYPE_LATEST

_METHODS: Final = frozenset({"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_MOST_FRAMES: Final = 20


class Log:
    """
    Writes one JSON object a line. With *quiet* only what an operator has to look at.
    """

    def __init__(self, out: TextIO, *, quiet: bool = False) -> None:
        self._out = out
        self._quiet = quiet

    def tell(self, event: str, **fields: Any) -> None:
        if not self._quiet:
            self._write("info", event, fields)

    def alarm(self, event: str, **fields: Any) -> None:
        self._write("warning", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, Any]) -> None:
        line = {"time": now().isoformat(timespec="milliseconds"), "level": level, "event": event, **fields}
        # A log that cannot be written is no reason to stop serving.
        try:
            self._out.write(f"{json.dumps(line)}\n")
            self._out.flush()
        except OSError:
            pass


class LoggedServer(logging.Handler):
    """
    Takes what uvicorn and asyncio log. Texts of exceptions are left out: they may hold what a message says. So are
    arguments and later lines, in which asyncio shows exceptions and data.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """
        The sentence without what was put into it, and the kind and place of an exception.
        """
        error = record.exc_info[1] if record.exc_info else None
        more = described(error) if error is not None else {}
        said = str(record.msg).strip().partition("\n")[0].partition("(")[0].strip()
        self._log.alarm("server", logger=record.name, said=said, **more)


def described(error: BaseException) -> dict[str, Any]:
    """
    The kind of an exception and where it was raised, innermost last.
    """
    frames = [f"{frame.f_code.co_name}:{line}" for frame, line in walk_tb(error.__traceback__)]
    return {"exception": type(error).__qualname__, "frames": frames[-_MOST_FRAMES:]}


class Events:
    """
    Counts what happens, and logs it.
    """

    def __init__(self, log: Log, gate: Gate) -> None:
        self.log = log
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        held = self.registry
        self._requests = Counter("itk3_requests", "Requests answered", ["route", "method", "status"], registry=held)
        self._seconds = Histogram("itk3_request_seconds", "Time to answer", ["route"], buckets=_SECONDS, registry=held)
        self._received = Counter("itk3_received_bytes", "Bytes of bodies received", registry=held)
        self._refusals = Counter("itk3_refused", "Requests refused", ["reason"], registry=held)
        self._messages = Counter("itk3_messages", "Messages judged", ["pack", "verdict"], registry=held)
        self._failed = Counter("itk3_failed", "Rules that failed", ["pack", "rule"], registry=held)
        self._lost = Counter("itk3_worker_losses", "Processes lost in the middle of a message", ["why"], registry=held)
        self._reloads = Counter("itk3_pack_reloads", "New versions of the packs", ["result"], registry=held)
        self._is_refused = Gauge("itk3_packs_refused", "1 while a new version of the packs is refused", registry=held)
        self._info = Gauge("itk3_pack_info", "The packs that serve", ["pack", "version", "digest"], registry=held)
        self._able = Gauge("itk3_ready", "1 while messages can be judged", registry=held)
        Gauge("itk3_build_info", "The version of the service", ["version"], registry=held).labels(__version__).set(1)
        Gauge("itk3_in_flight", "Messages being read and judged", registry=held).set_function(lambda: gate.inside)
        Gauge("itk3_in_flight_bytes", "Bytes held of them", registry=held).set_function(lambda: gate.held)
        Gauge("itk3_in_flight_limit", "The most of them at a time", registry=held).set(gate.requests)

    def answered(  # a line of the log
        self, *, request_id: str, route: str, method: str, status: int, seconds: float, **more: Any
    ) -> None:
        """
        A request has its answer.
        """
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(seconds)
        tell = self.log.tell if status < 500 else self.log.alarm
        fields = {"request_id": request_id, "route": route, "method": method, "status": status}
        tell("request", **fields, ms=round(seconds * 1000, 1), **{name: each for name, each in more.items() if each})

    def received(self, size: int) -> None:
        self._received.inc(size)

    def turned_away(self, reason: str) -> None:
        self._refusals.labels(reason).inc()

    def judged(self, pack: str | None, verdict: str, failed: Iterable[str]) -> None:
        self._messages.labels(pack or "", verdict).inc()
        for rule in failed:
            self._failed.labels(pack or "", rule).inc()

    def lost(self, why: str) -> None:
        self._lost.labels(why).inc()
        self.log.alarm("worker lost", why=why)

    def crashed(self, kind: str, frames: Iterable[str]) -> None:
        self.log.alarm("judging failed", exception=kind, frames=list(frames))

    def serving(self, packs: Iterable[RulePack]) -> None:
        self._info.clear()
        for pack in packs:
            self._info.labels(pack.name, pack.version, pack.digest).set(1)

    def reloaded(self, packs: tuple[RulePack, ...]) -> None:
        self._reloads.labels("taken").inc()
        self.serving(packs)
        self.log.tell("packs taken", packs=[f"{each.name} {each.version}" for each in packs])

    def unrefused(self) -> None:
        self._is_refused.set(0)

    def refused(self, problems: tuple[str, ...]) -> None:
        self._reloads.labels("refused").inc()
        self._is_refused.set(1)
        self.log.alarm("packs refused", problems=list(islice(problems, 5)), count=len(problems))

    def exposition(self, *, able: bool) -> bytes:
        """
        The metrics in the text format of Prometheus.
        """
        self._able.set(able)
        return generate_latest(self.registry)
