"""
What counts of a value: as much of it as the rules can tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

from itk3_validator.attachments import MARK, Attachment, restored
from itk3_validator.checks.presence import why_empty
from itk3_validator.checks.verb import Answer, AttachmentCheck, Unknown
from itk3_validator.plan import BoundAsk
from itk3_validator.sight.questions import answerer
from itk3_validator.sight.visits import WHOLE

Token: TypeAlias = Any

LONGEST_KNOWN = 200
_BORROWED = "of a reference in it"


class NoOutline(Exception):
    """
    The message has more, or other things, than an outline is made for.
    """


class Seen(NamedTuple):
    """
    What is seen of an element of which something is read.

    Attributes:
        own: its ``@value``; when it has one, nothing but attributes counts beside it.

        borrowed: else the value of the one reference in it, or its text if it is XHTML.

        references: how many references it holds itself.

        inside: there is an element in it.

        attributes: the values of those that are asked for.

        refers: it is, or has in it at any depth, a reference.

        attachments: those of the message, of which values show no more than their beginnings.
    """

    own: str | None
    borrowed: str | None
    references: int
    inside: bool
    attributes: tuple[str | None, ...]
    refers: bool
    attachments: tuple[Attachment, ...] = ()

    @property
    def value(self) -> str | None:
        """
        The FHIR value: "" where the element is empty, None where it holds no more than elements.
        """
        value = self.borrowed if self.own is None else self.own
        if value is None:
            return None if why_empty(None, self.references, inside=self.inside) is None else ""
        return value if value.strip() else ""


class Question:
    """
    What is told apart of one attribute: answers of XPaths about its value, or the value itself.
    """

    __slots__ = ("asked", "name", "whole")

    def __init__(self, name: str, asked: Iterable[str]) -> None:
        questions = sorted(asked)
        self.name = name
        self.whole = WHOLE in questions
        self.asked = () if self.whole else tuple(map(answerer, questions))

    def token(self, value: str | None) -> Token:
        if value is None:
            return value
        if MARK in value:
            raise NoOutline
        return _short(value) if self.whole else tuple([ask(value) for ask in self.asked])


def whole(value: str) -> str:
    """
    A value of which all counts. What was cut out of one is not seen in it.
    """
    if MARK in value:
        raise NoOutline
    return value


def _short(value: str | None) -> Token:
    """
    What stands for a value where it is remembered: tens of thousands are, and how long they are is for senders to say.
    """
    if value is None or len(value) <= LONGEST_KNOWN:
        return value
    import hashlib  # slow to import, and few values are so long

    return hashlib.sha256(value.encode()).digest()


class Values:
    """
    What is told apart of the FHIR value of an element.
    """

    __slots__ = ("_checks", "_filled", "compared", "fills", "reference", "tells", "whole", "wrong")

    def __init__(self, *, asks: tuple[BoundAsk, ...], filled: bool, whole: bool, alike: bool, reference: bool) -> None:
        self._checks = tuple(ask.check for ask in asks)
        self.wrong = tuple(check.wrong for check in self._checks)
        self._filled = filled
        self.whole = whole
        self.compared = alike or reference
        self.reference = reference
        # Of a value that is only compared nothing else counts.
        self.tells = bool(asks) or filled or whole
        # It counts only that there is something.
        self.fills = filled and not (asks or whole)

    def token(self, seen: Seen) -> Token:
        """
        What counts of the value of an element.
        """
        told: Token = None
        if self.tells:
            if seen.own is not None:
                told = self._of_value(seen.own, seen.attachments)
            elif seen.borrowed is None and self._filled:
                # Why it is empty is told by what else it holds.
                told = why_empty(None, seen.references, inside=seen.inside)
            else:
                # Some checks look at no other value than its own.
                told = _BORROWED, self._of_value(seen.borrowed, seen.attachments)
        if not self.compared:
            return told
        # Which others have the same value is told elsewhere, see `Values.alike`.
        return told, seen.own is None if self.alike(seen) is not None else (_short(seen.own), _short(seen.borrowed))

    def alike(self, seen: Seen) -> str | None:
        """
        The value that is compared with others.
        """
        value = seen.borrowed if seen.own is None else seen.own
        if value is None or not value.strip():
            return None
        return whole(value)

    def _of_value(self, value: str | None, attachments: tuple[Attachment, ...]) -> Token:
        if value is None or not value.strip():
            # What has no value fails every check of it.
            return (
                _short(value) if self.whole else None,
                why_empty(value) if self._filled and value is not None else True,
            )
        if MARK in value:
            return self._of_attachment(value, attachments)
        return (_short(value) if self.whole else None, *_answers(self.wrong, value, value, None), False)

    def _of_attachment(self, value: str, attachments: tuple[Attachment, ...]) -> Token:
        """
        What counts of a value that is cut short; that there is something is seen.
        """
        if not attachments or self.whole or not all(isinstance(each, AttachmentCheck) for each in self._checks):
            raise NoOutline
        asked = [check.wrong_attachment for check in self._checks]
        return (None, *_answers(asked, restored(value, attachments), value), False)


def _answers(wrong: Iterable[Callable[..., Answer]], *arguments: object) -> list[bool | Unknown]:
    """
    Whether a value holds for checks that depend on it alone; they are given neither node nor message.
    """
    try:
        answers = [each(*arguments) for each in wrong]
    except Exception:  # noqa: BLE001 - plain evaluation tells of it
        raise NoOutline from None
    # Why it is unknown may be told with what a message was recognised by.
    return [each is None or (isinstance(each, Unknown) and each) for each in answers]


def keep(known: dict[Any, Any], key: Any, value: Any, most: int) -> None:
    """
    Remember a value; of more than so many, none but this.
    """
    if len(known) >= most:
        known.clear()
    known[key] = value
