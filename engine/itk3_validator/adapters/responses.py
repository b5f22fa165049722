"""
`--format itk3-response`: the ITK3 responses to the messages of a run, one a line.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from itk3_validator import Report, Responder
from itk3_validator.report.answer import silence
from itk3_validator.report.responder import UNSET
from itk3_validator.report.visible import visible

if TYPE_CHECKING:
    from itk3_validator.inputs.entries import Nothing
    from itk3_validator.report.kinds import Tally
    from itk3_validator.report.waived import WaiverNote

_NOBODY = (
    f"--format itk3-response: nobody was named, so responses come from {UNSET.ods} and {UNSET.mailbox}; "
    "say --responder-ods and --responder-mailbox"
)


class ResponseWriter:
    """
    Writes a line for each message that is answered; of one that is not, standard error tells why unless it is *quiet*.
    """

    def __init__(self, out: TextIO, responder: Responder | None, *, quiet: bool) -> None:
        self._out = out
        self._responder = responder if responder is not None else UNSET
        self._quiet = quiet
        if responder is None:
            _tell(_NOBODY)

    def message(self, report: Report) -> None:
        from uuid import uuid4

        from itk3_validator.adapters.clock import now

        response = report.itk3_response(self._responder, id=uuid4(), timestamp=now())
        if response is not None:
            self._out.write(response.decode("ascii"))
        elif not self._quiet:
            _tell(f"{visible(report.source)}: no ITK3 response, since {silence(report)}")

    def nothing(self, found: Nothing) -> None:
        pass

    def close(self, _tally: Tally, _waivers: tuple[WaiverNote, ...] | None = None) -> None:
        self._out.flush()


def _tell(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"itk3: {text}\n")
