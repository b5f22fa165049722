"""
What stands behind a report: it is asked when somebody asks the report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from itk3_validator.finding import UNTOLD, Outcome
from itk3_validator.value import Frozen, Value

if TYPE_CHECKING:
    from itk3_validator.report.model import Result
    from itk3_validator.report.received import Received

ValuesAt: TypeAlias = Mapping[str, tuple[str | None, ...]]
_NONE: Frozen[str, Outcome] = Frozen()


class Behind(Protocol):
    """
    What is said of a message. All as of `Report`, which asks each once and keeps what takes time.
    """

    @property
    def pack(self) -> str | None: ...
    @property
    def pack_version(self) -> str | None: ...
    @property
    def pack_digest(self) -> str | None: ...
    @property
    def interaction(self) -> str | None: ...
    @property
    def published_as(self) -> tuple[str, ...]: ...
    @property
    def recognised_by(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def line(self) -> int | None: ...
    @property
    def column(self) -> int | None: ...
    @property
    def alike(self) -> object: ...
    @property
    def digest(self) -> str: ...
    @property
    def outcomes(self) -> Frozen[str, Outcome]: ...
    @property
    def results(self) -> tuple[Result, ...]: ...
    @property
    def told(self) -> tuple[Result, ...]: ...
    @property
    def sender(self) -> tuple[str, ...]: ...
    @property
    def received(self) -> Received | None: ...
    def values_at(self, names: tuple[str, ...]) -> ValuesAt: ...


class Said(Value, eq=False):
    """
    What is known without the message: of one that was not judged, or when its report was closed.

    *digest_of*, *sender_of* and *received_of* are called when they are asked for.
    """

    digest_of: Callable[[], str]
    reason: str | None = None
    line: int | None = None
    column: int | None = None
    received_of: Callable[[], Received | None] | None = None
    pack: str | None = None
    pack_version: str | None = None
    pack_digest: str | None = None
    interaction: str | None = None
    published_as: tuple[str, ...] = ()
    recognised_by: str = ""
    alike: object = None
    outcomes: Frozen[str, Outcome] = _NONE
    results: tuple[Result, ...] = ()
    sender_of: Callable[[], tuple[str, ...]] = tuple

    @property
    def digest(self) -> str:
        return self.digest_of()

    @property
    def told(self) -> tuple[Result, ...]:
        return tuple([each for each in self.results if each.outcome not in UNTOLD])

    @property
    def sender(self) -> tuple[str, ...]:
        return self.sender_of()

    @property
    def received(self) -> Received | None:
        return self.received_of() if self.received_of is not None else None

    def values_at(self, names: tuple[str, ...]) -> ValuesAt:
        return dict.fromkeys(names, ())
