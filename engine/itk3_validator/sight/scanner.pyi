from collections.abc import Sequence
from typing import Self, TypeAlias, final

from itk3_validator.attachments import Attachment
from itk3_validator.sight.outline import Spot
from itk3_validator.sight.states import Numbers, States
from itk3_validator.sight.wiring import Ends

_Zones: TypeAlias = dict[str, bytes]
_Wiring: TypeAlias = tuple[Ends, Ends | None, Sequence[Sequence[str | None]]]

@final
class Scanner:
    def __new__(cls, states: States, words: Numbers) -> Self: ...
    def scan(
        self, data: bytes, depth: int, attachments: tuple[Attachment, ...]
    ) -> tuple[_Zones, bool, _Wiring | None, dict[Spot, str | None]] | None: ...

def build() -> str: ...
