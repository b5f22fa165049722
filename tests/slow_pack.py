"""
A pack whose rule takes minutes over some messages, and judges that do worse.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from itk3_validator import Validator
from pack_builder import message, write_pack

RULES = """
rules:
  - id: SLOW
    text: An entry has an id.
    for: letter
    expensive: The time limit needs it.
    check: {test: "count(/f:Bundle/f:entry[f:id/@value = /f:Bundle/f:entry/f:id/@value]) > 0"}
"""


def write_slow(folder: Path) -> Path:
    """
    Write the pack; the time that its rule takes grows with the square of the entries.
    """
    return write_pack(folder, RULES, name="slow")


def entries(number: int) -> bytes:
    """
    A message with so many entries: 2 are judged at once, 60,000 take minutes.
    """
    return message(*(f'<entry><id value="{each}"/></entry>' for each in range(number)))


class Dangerous(Validator):
    """
    A validator to which some messages do something, by their names: `kill` and `raise` always, `kill-once` the first
    time.
    """

    def __init__(self, markers: Path) -> None:
        super().__init__(["itk3-acknowledgement"])
        self.markers = markers

    def validate(self, message, **given):
        name = getattr(message, "name", "")
        if name == "kill-once" and not (marker := self.markers / name).exists():
            marker.touch()
            name = "kill"
        if name == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if name == "raise":
            raise ValueError("Jane Doe")
        return super().validate(message, **given)
