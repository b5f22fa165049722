"""
How the messages of a batch are judged: said once, the same in every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from itk3_validator.source import Limits, Source

if TYPE_CHECKING:
    from itk3_validator.workshop.accepted.waivers import Waiver


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """
    What `Validator` and `validate` are told, for every message.

    Args:
        packs: names of bundled packs or folders; None lets all bundled packs compete.

        facts: what no message can say, such as ``(("recipient", "primary"),)``.

        only, ignore: as the options of these names.

        waivers: those that count on *today*.

        hash_names: the column `source` holds a hash of the name.
    """

    packs: tuple[str | Path, ...] | None = None
    facts: tuple[tuple[str, str], ...] = ()
    interaction: str | None = None
    request: Source | None = None
    only: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    waivers: tuple[Waiver, ...] = ()
    today: date = date.min
    show_values: bool = False
    trust_packs: bool = False
    hash_names: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def stated(self) -> Mapping[str, str]:
        return dict(self.facts)


DEFAULT: Final = BatchSettings()
