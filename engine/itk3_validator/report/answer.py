"""
What a receiver answers to a message that it has validated: one ITK response code, why, or nothing.

Source: ITK3 Messaging Distribution 2.10.0, ITK3 Message Responses and ITK3 Response Codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itk3_validator.finding import Outcome, Severity, Verdict
from itk3_validator.lazy import pattern
from itk3_validator.report.response_codes import ResponseCode, response_codes
from itk3_validator.stu3 import unknown_step
from itk3_validator.value import Value

if TYPE_CHECKING:
    from itk3_validator.report.model import Report, Result

# Of several failures the one whose code comes first is the answer.
ORDER = (
    *("10009", "20015", "10001", "10002", "10003", "10010", "10004", "10005", "10007", "10008"),
    *("20006", "20009", "20004", "20005"),
)

_UNREADABLE = "10009"
_TOO_LARGE = "20015"
_UNKNOWN = "10004"
_HEADER = "20006"
_PAYLOAD = "20009"
_SUCCESS = "20013"

_MOST_TOLD = 20
_IN_HEADER = pattern(r"/f:Bundle/f:entry(?:\[\d+\])?/f:resource/f:MessageHeader(?:[/\[]|$)")
_STEP = pattern(r"/f:([A-Za-z]+)(?:\[\d+\])?")
_ATTRIBUTE = pattern(r"/@(?:value|url|id)")


class Answer(Value):
    """
    What is answered: the code, and what the sender has to know beside it.
    """

    code: ResponseCode
    diagnostics: str | None


def silence(report: Report) -> str | None:
    """
    Why a message is not answered; None when it is.
    """
    received = report.received
    if received is None:
        return "nothing is known of the message"
    if received.is_final:
        return "it is, or may be, an infrastructure response"
    if report.verdict is Verdict.ERROR:
        return "a rule could not be run"
    unreadable = report.verdict is Verdict.UNREADABLE or not received.header
    if received.wants_response is False and not unreadable:
        return "its InfAckRequested is false"
    return None


def answer(report: Report) -> Answer:
    """
    The code of the answer and its diagnostics, which hold nothing of the message but places.
    """
    received = report.received
    if report.verdict is Verdict.UNREADABLE:
        too_large = received is not None and received.too_large
        return Answer(response_codes()[_TOO_LARGE if too_large else _UNREADABLE], _why_unread(report, too_large))
    if report.verdict is Verdict.UNRECOGNISED:
        if received is None or not received.header:
            return Answer(response_codes()[_UNREADABLE], "There is no ITK3 MessageHeader in the message.")
        return Answer(response_codes()[_UNKNOWN], "The message is none that this receiver knows.")
    failed = sorted(_failed(report), key=lambda pair: _rank(pair[0]))
    if not failed:
        return Answer(response_codes()[_SUCCESS], None)
    return Answer(response_codes()[failed[0][0]], _told([result for _, result in failed]))


def _failed(report: Report) -> Iterator[tuple[str, Result]]:
    """
    Every failure that counts, with its code.
    """
    if Outcome.FAIL not in report.outcomes.values():
        return
    for result in report.results:
        if result.outcome is Outcome.FAIL and result.severity is Severity.ERROR:
            yield _code_of(result), result


def _code_of(result: Result) -> str:
    code = response_codes().get(result.response_code or "")
    if code is not None and code.infrastructure and code.negative:
        return code.code
    in_header = any(_IN_HEADER.match(finding.xpath) for finding in result.findings)
    return _HEADER if in_header else _PAYLOAD


def _rank(code: str) -> tuple[int, str]:
    """
    The place of a code in the order; what needs to be looked up elsewhere (20001, 20007) comes last.
    """
    return (ORDER.index(code) if code in ORDER else len(ORDER), code)


def _why_unread(report: Report, too_large: bool) -> str:  # noqa: FBT001 - a part of the sentence
    # The reason itself may name elements of the message.
    if too_large:
        return "The message is larger than this receiver reads."
    where = f", line {report.line}, column {report.column}" if report.line is not None else ""
    return f"The message cannot be read as XML{where}."


def _told(failed: list[Result]) -> str:
    """
    The requirements that failed, each with the places: in the publication's words and never in the message's.
    """
    told = [f"{each.id}: {_shown(each.text)} {_places(each)}".strip() for each in failed[:_MOST_TOLD]]
    if len(failed) > _MOST_TOLD:
        told.append(f"And {len(failed) - _MOST_TOLD} more.")
    return " ".join(told)


def _places(result: Result) -> str:
    places = list(dict.fromkeys(_known(finding.xpath) for finding in result.findings))
    if not places:
        return ""
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f"[{places[0]}{more}]"


def _known(xpath: str) -> str:
    """
    A place as far as FHIR knows the names in it: other names are the message's own words.
    """
    steps = []
    at = 0
    while (step := _STEP.match(xpath, at)) is not None:
        steps.append(step)
        at = step.end()
    unknown = unknown_step([step[1] for step in steps])
    kept = steps if unknown is None else steps[: unknown.index]
    path = "".join(step[0] for step in kept)
    attribute = _ATTRIBUTE.fullmatch(xpath, at) if len(kept) == len(steps) else None
    return f"{path}{attribute[0] if attribute is not None else ''}" or "/"


def _shown(text: str) -> str:
    """
    A text of a pack in one line, without what XML or a terminal would choke on.
    """
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
