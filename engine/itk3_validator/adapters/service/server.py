"""
The life of the service: from the packs to the last answer.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import uvicorn

from itk3_validator import CallInvalid, Validator
from itk3_validator.adapters.service.app import make_app
from itk3_validator.adapters.service.gate import Gate
from itk3_validator.adapters.service.guard import LONGEST_HEAD, Guard
from itk3_validator.adapters.service.judging import Ways, make_judge
from itk3_validator.adapters.service.protocol import Bounds, bounded
from itk3_validator.adapters.service.serving import Make, Serving, Unjudged
from itk3_validator.adapters.service.settings import ServiceSettings
from itk3_validator.adapters.service.watch import Events, Log, LoggedServer
from itk3_validator.adapters.settings import Settings

_BACKLOG: Final = 128
_HEAD_TIME: Final = 10
_KEEP_ALIVE: Final = 15
_MEND_EVERY: Final = 5.0
# How many of the largest messages may be held at a time.
_LARGEST: Final = 4
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def listen(settings: ServiceSettings) -> socket.socket:
    """
    The socket that the service listens on.

    Raises:
        CallInvalid: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where it is told that it is TCP; 40 ms for each answer otherwise.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((settings.address, settings.port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise CallInvalid(f"{settings.url} cannot be listened on: {error.strerror}") from None
    made.settimeout(0)
    return made


def serve(
    settings: Settings,
    service: ServiceSettings,
    validator: Validator,
    listening: socket.socket,
    log: Log,
    make: Make = make_judge,
) -> None:
    """
    Serve until SIGTERM or SIGINT says to stop, and finish what was accepted. SIGHUP loads the packs anew.

    Args:
        make: what works in a process; another one than ours is for measurements.

    Raises:
        CallInvalid: The certificate cannot be used, or no process can judge.
    """
    with asyncio.Runner() as runner:
        runner.run(_serve(settings, service, validator, listening, log, make))


async def _serve(  # as `serve`
    settings: Settings,
    service: ServiceSettings,
    validator: Validator,
    listening: socket.socket,
    log: Log,
    make: Make,
) -> None:
    gate = Gate(service.concurrency, _LARGEST * settings.limits.message)
    events = Events(log, gate)
    ways = Ways(settings.facts, settings.interaction, settings.only, settings.ignore, settings.responder)
    serving = Serving(
        make,
        settings,
        validator,
        ways,
        events,
        processes=service.processes,
        time_limit=service.time_limit,
        waiting=service.concurrency + 1,
    )
    server = _Server(_config(settings, service, serving, gate, events))
    _log_through(log)
    try:
        await serving.begin()
    except Unjudged:
        raise CallInvalid("no process can judge; the packs or the installation are broken") from None
    events.serving(validator.packs)
    follow = asyncio.create_task(_follow(serving, service.reload_every))
    log.tell("serving", url=service.url, processes=service.processes, packs=[each.name for each in validator.packs])
    try:
        await server.serve(sockets=[listening])
    finally:
        follow.cancel()
        # Whatever was accepted has its answer by now, or was given up.
        await serving.end()
        log.tell("stopped")


def _config(
    settings: Settings, service: ServiceSettings, serving: Serving, gate: Gate, events: Events
) -> uvicorn.Config:
    app = make_app(serving, gate, events, settings.limits, read_time=service.read_time, token=bool(service.tokens))
    guarded = Guard(app, events, hosts=service.hosts, tokens=service.tokens)
    made = uvicorn.Config(
        guarded,
        http=bounded(Bounds(service.connections, min(_HEAD_TIME, service.read_time), service.read_time)),
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=service.stop_time,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        ssl_certfile=service.tls_cert,
        ssl_keyfile=service.tls_key,
        workers=1,
    )
    try:
        made.load()
    except (OSError, ssl.SSLError):
        raise CallInvalid(f"--tls-cert {service.tls_cert}, --tls-key {service.tls_key}: no pair that fits") from None
    return made


class _Server(uvicorn.Server):
    """
    Ends with the status of the command, not by the signal that told it to stop.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def _log_through(log: Log) -> None:
    handler = LoggedServer(log)
    for name in ("uvicorn", "uvicorn.error", "asyncio", "python_multipart", "fastapi"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler] if name != "uvicorn.error" else []
        logger.propagate = name == "uvicorn.error"
        logger.setLevel(logging.WARNING)


async def _follow(serving: Serving, every: int) -> None:
    """
    Look for new versions of the packs, and after the processes.
    """
    asked = asyncio.Event()
    _on_hang_up(asked.set)
    seen = await asyncio.to_thread(serving.signature)
    changed = None
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(every or _MEND_EVERY):
                await asked.wait()
        if not serving.is_able:
            await serving.mend()
        if every or asked.is_set():
            found = await asyncio.to_thread(serving.signature)
            # Half-written files change once more.
            if asked.is_set() or found == changed != seen:
                asked.clear()
                # What changes while it is loaded is seen the next time.
                seen = found
                await serving.reload()
            changed = found


def _on_hang_up(then: Callable[[], Any]) -> None:
    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, then)
