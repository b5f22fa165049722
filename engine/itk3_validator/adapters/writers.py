"""
Reports on their way to standard output or a file, one message at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO, TypeAlias

from itk3_validator import Report, __version__
from itk3_validator.adapters.options import RESPONSE
from itk3_validator.adapters.settings import Settings
from itk3_validator.inputs.entries import Nothing
from itk3_validator.report.formats import Asked, Document, document
from itk3_validator.report.kinds import FailOn, Tally, failing_kinds

if TYPE_CHECKING:
    from pathlib import Path

    from itk3_validator.report.waived import WaiverNote

Notes: TypeAlias = "tuple[WaiverNote, ...] | None"


class Writing(Protocol):
    """
    What takes a run as it goes on.
    """

    def message(self, report: Report) -> None: ...

    def nothing(self, found: Nothing) -> None: ...

    def close(self, tally: Tally, waivers: Notes = None, /) -> None: ...


class Writer:
    """
    One report on its way. Takes the reports, and the places without a message, in their order; then the tally and what
    the waivers came to (None without a file of them).
    """

    # Nothing is written before the first message is judged: a call that ends with status 2 leaves no half document.
    def __init__(self, out: TextIO, made: Document, *, tells_nothing: bool) -> None:
        self._out = out
        self._document = made
        self._tells_nothing = tells_nothing
        self._is_open = False

    def message(self, report: Report) -> None:
        self._open()
        self._out.write(self._document.message(report))

    def nothing(self, found: Nothing) -> None:
        if self._tells_nothing:
            from itk3_validator.report.text import render_nothing

            self._out.write(render_nothing(found.name, found.left_out))

    def close(self, tally: Tally, waivers: Notes = None) -> None:
        self._open()
        self._out.write(self._document.closing(tally, waivers))
        self._out.flush()

    def _open(self) -> None:
        if not self._is_open:
            self._is_open = True
            self._out.write(self._document.opening())


def open_writers(settings: Settings, open_file: Callable[[Path], TextIO], stdout: TextIO) -> tuple[Writing, ...]:
    """
    One writer for each format asked for.
    """
    return tuple(
        _writer(name, stdout if path is None else open_file(path), settings) for name, path in settings.formats
    )


def _writer(name: str, out: TextIO, settings: Settings) -> Writing:
    if name == RESPONSE:
        from itk3_validator.adapters.responses import ResponseWriter

        return ResponseWriter(out, settings.responder, quiet=settings.quiet)
    asked = Asked(
        __version__,
        failing=failing_kinds(FailOn(each) for each in settings.fail_on),
        colour=is_coloured(settings.colour, out),
        verbose=settings.verbose,
        quiet=settings.quiet,
    )
    return Writer(out, document(name, asked), tells_nothing=name == "text" and not settings.quiet)


def is_coloured(wanted: str, out: TextIO) -> bool:
    """
    Whether to colour: as wanted, and by itself only on a terminal whose user did not set NO_COLOR.
    """
    if wanted != "auto":
        return wanted == "always"
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
