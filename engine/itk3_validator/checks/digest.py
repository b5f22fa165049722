"""
The verb about what an attachment is, byte for byte: ``sha256``.
"""

from __future__ import annotations

from typing import Any

from itk3_validator.attachments import Attachment
from itk3_validator.checks.primitives import base64_of, wrong_base64
from itk3_validator.checks.verb import TEXTS, Answer, Asks, Reading, Scope, Verb, Wrong, any_of
from itk3_validator.lazy import pattern
from itk3_validator.message import Node
from itk3_validator.value import Value

_DIGEST = pattern("[0-9a-f]{64}")


class Digested(Value):
    """
    *digests* are SHA-256 in lower-case hex.
    """

    digests: tuple[str, ...]

    @property
    def expected(self) -> str:
        return f"base64 of bytes whose SHA-256 is {any_of(self.digests)}"

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        why = wrong_base64(value)
        if why is not None:
            return Wrong(f"is {{found}}, which {why}", self.expected, (value,))
        import hashlib  # slow to import, and few rules ask

        return self._wrong(hashlib.sha256(base64_of(value)).hexdigest(), value)

    def wrong_attachment(self, attachment: Attachment, shown: str) -> Answer:
        return self._wrong(attachment.digest, shown)

    def _wrong(self, digest: str, shown: str) -> Answer:
        if digest in self.digests:
            return None
        return Wrong("is {found}, whose bytes have another SHA-256", self.expected, (shown,))


def _read_digests(node: Any, reading: Reading) -> tuple[str, ...] | None:
    digests = reading.texts(node)
    for each in digests or ():
        if not _DIGEST.fullmatch(each):
            reading.problem(node, f"{each!r} is no SHA-256", "write 64 digits of lower-case hex, as sha256sum does")
            return None
    return digests


SHA256 = Verb(
    name="sha256",
    summary="The value is base64, and the bytes that it stands for have one of these SHA-256 digests.",
    asks=Asks.VALUE,
    schema={**TEXTS, "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    read=_read_digests,
    bind=lambda options, binder: Digested(options),
)
