from typing import Self, final

from itk3_validator.attachments import Attachment
from itk3_validator.sight.states import Numbers, States
from itk3_validator.sight.wiring import Wired

@final
class Scanner:
    def __new__(cls, states: States, words: Numbers, *, wired: bool) -> Self: ...
    def scan(
        self, data: bytes, depth: int, attachments: tuple[Attachment, ...]
    ) -> tuple[bytes, bool, Wired | None, list[str | None]] | None: ...

def build() -> str: ...
