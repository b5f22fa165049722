"""
Reports on their way to standard output or a file, one message at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TextIO, TypeAlias

from itk3_validator import Report, __version__
from itk3_validator.adapters.entries import Nothing
from itk3_validator.adapters.settings import Settings
from itk3_validator.report.kinds import FailOn, Tally, failing_kinds
from itk3_validator.report.waived import WaiverNote

Notes: TypeAlias = tuple[WaiverNote, ...] | None


class Writer(Protocol):
    """
    Takes the reports, and the places without a message, in their order; then the tally and what the waivers came to
    (None without a file of them).
    """

    def message(self, report: Report) -> None: ...

    def nothing(self, found: Nothing) -> None: ...

    def close(self, tally: Tally, waivers: Notes = None) -> None: ...


def open_writers(settings: Settings, open_file: Callable[[Path], TextIO], stdout: TextIO) -> tuple[Writer, ...]:
    """
    One writer for each format asked for.
    """
    made = []
    for name, path in settings.formats:
        out = stdout if path is None else open_file(path)
        made.append(_JsonWriter(out) if name == "json" else _TextWriter(out, settings))
    return tuple(made)


class _TextWriter:
    def __init__(self, out: TextIO, settings: Settings) -> None:
        self._out = out
        self._colour = is_coloured(settings.colour, out)
        self._verbose = settings.verbose
        self._quiet = settings.quiet
        self._failing = failing_kinds(FailOn(each) for each in settings.fail_on)

    def message(self, report: Report) -> None:
        from itk3_validator.report.text import render_message

        self._out.write(
            render_message(report, colour=self._colour, verbose=self._verbose, quiet=self._quiet, failing=self._failing)
        )

    def nothing(self, found: Nothing) -> None:
        from itk3_validator.report.text import render_nothing

        self._out.write("" if self._quiet else render_nothing(found.name, found.left_out))

    def close(self, tally: Tally, waivers: Notes = None) -> None:
        from itk3_validator.report.text import render_summary, render_waivers

        self._out.write("" if self._quiet else render_waivers(waivers or (), colour=self._colour))
        self._out.write(render_summary(tally, quiet=self._quiet))
        self._out.flush()


class _JsonWriter:
    # Nothing is written before the first message is judged: a call that ends with status 2 leaves no half document.
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._number = 0

    def message(self, report: Report) -> None:
        from itk3_validator.report import json_v1

        if not self._number:
            self._out.write(json_v1.opening(__version__))
        self._out.write(json_v1.message(report, first=not self._number))
        self._number += 1

    def nothing(self, found: Nothing) -> None:
        pass

    def close(self, tally: Tally, waivers: Notes = None) -> None:
        from itk3_validator.report import json_v1

        if not tally.messages:
            self._out.write(json_v1.opening(__version__))
        self._out.write(json_v1.closing(waivers))
        self._out.flush()


def is_coloured(wanted: str, out: TextIO) -> bool:
    """
    Whether to colour: as wanted, and by itself only on a terminal whose user did not set NO_COLOR.
    """
    if wanted != "auto":
        return wanted == "always"
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
