"""
Judging in a process that can be killed: nothing else ends a message that takes too long in C code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final

from itk3_validator import Report, Source, Validator
from itk3_validator.adapters.judging import unjudged
from itk3_validator.adapters.workers import Lost, NeverReady, Raised, Workers
from itk3_validator.value import Value

# lxml never frees the names that it has seen.
_RECYCLE: Final = 50_000
# Whoever kills processes by chance seldom hits the same message twice.
_CHANCES: Final = 2


class Limited:
    """
    Judges one message at a time as its validator does, each in at most *time_limit* seconds.

    Of a message that takes longer, or that ends its process twice, the report has the verdict ``error`` and the reason;
    the next one is judged by a fresh process.
    """

    def __init__(self, validator: Validator, time_limit: float) -> None:
        self._validator = validator
        self._workers = Workers(
            _make, (validator,), processes=1, time_limit=time_limit, recycle=_RECYCLE, preload=(Validator.__module__,)
        )

    def __enter__(self) -> Limited:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._workers.close(kill=kind is not None)

    def validate(
        self,
        message: Source,
        *,
        facts: Mapping[str, str] | None = None,
        request: Source | None = None,
        interaction: str | None = None,
    ) -> Report:
        """
        Judge one message.

        Raises:
            CallInvalid: A fact or an interaction that no pack knows.
        """
        self._validator.validate(b"", facts=facts, interaction=interaction)
        task = _Task(message, dict(facts or {}), request, interaction)
        for chance in range(1, _CHANCES + 1):
            try:
                report: Report = self._workers.submit(task).result()
            except Lost as lost:
                if lost.overdue or chance == _CHANCES:
                    return unjudged(message, message.name, str(lost))
            except Raised as raised:
                return unjudged(message, message.name, f"it could not be judged ({raised})")
            except NeverReady as never:
                return unjudged(message, message.name, f"there is no process to judge it: {never}")
            else:
                return report
        raise AssertionError("the last chance returns")


class _Task(Value):
    message: Source
    facts: Mapping[str, str]
    request: Source | None
    interaction: str | None


def _make(validator: Validator) -> Callable[[_Task, Callable[[int], None]], Report]:
    def work(task: _Task, _begin: Callable[[int], None]) -> Report:
        report = validator.validate(task.message, facts=task.facts, request=task.request, interaction=task.interaction)
        # Findings are worked out here, where that is limited too.
        report.close()
        return report

    return work
