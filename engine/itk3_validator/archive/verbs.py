"""
Which verb of rules over the archive is said in SQL by what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from itk3_validator.archive.answers import answered, no_answer_before
from itk3_validator.archive.gather import Job
from itk3_validator.archive.judging import Judged
from itk3_validator.archive.repeats import unique
from itk3_validator.archive.requests import after_request, request_known
from itk3_validator.archive.statement import Statement
from itk3_validator.pack.archive_rule import (
    AfterRequest,
    Answered,
    ArchiveRule,
    NoAnswerBefore,
    RequestKnown,
    UniqueValue,
)


def judged(job: Job, statement: Statement) -> Judged:
    """
    A rule of the section ``archive``, but for ``covers``, as a SELECT.

    Raises:
        Undecidable: The values are kept in a way that does not tell.
    """
    rule = job.rule
    assert isinstance(rule, ArchiveRule)  # noqa: S101 - the caller tells them apart
    return _JUDGED[type(rule.asks)](rule.asks, job, statement)


_JUDGED: Mapping[type, Callable[[Any, Job, Statement], Judged]] = {
    Answered: answered,
    RequestKnown: request_known,
    AfterRequest: after_request,
    NoAnswerBefore: no_answer_before,
    UniqueValue: unique,
}
