"""
The validator, what judges by it, and the request that settings ask for, made before any message is judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itk3_validator import CallInvalid, MessageError, Source, Validator, Verdict, did_you_mean, read_file
from itk3_validator.adapters.judging import Judge
from itk3_validator.adapters.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def validator_of(settings: Settings) -> Validator:
    """
    The validator, once it is sure that no message will be refused for what was said on the command line.
    """
    try:
        validator = Validator(
            settings.packs,
            show_values=settings.show_values,
            trust_packs=settings.trust_packs,
            limits=settings.limits,
            cache=settings.cache,
        )
    except OSError as error:
        raise CallInvalid(f"the rules cannot be read: {error.filename}: {error.strerror}") from None
    validator.validate(b"", facts=settings.facts, interaction=settings.interaction)
    if settings.only or settings.ignore:
        _check_known(settings, validator)
    return validator


def judge_of(settings: Settings, validator: Validator) -> AbstractContextManager[Judge]:
    """
    The validator, or a process that is killed when a message takes longer than the time limit.
    """
    if settings.time_limit is None:
        from contextlib import nullcontext

        return nullcontext(validator)
    from itk3_validator.adapters.limited import Limited

    return Limited(validator, settings.time_limit)


def _check_known(settings: Settings, validator: Validator) -> None:
    known = {rule.id for pack in validator.packs for rule in pack.all_rules}
    known |= {each.id for pack in validator.packs for each in pack.not_checkable}
    unknown = [(option, each) for option in ("only", "ignore") for each in sorted(getattr(settings, option) - known)]
    if unknown:
        raise CallInvalid(
            "\n".join(f"--{option} {each}: no pack knows it; {did_you_mean(each, known)}" for option, each in unknown)
        )


def request_of(settings: Settings, judge: Judge) -> Source | None:
    """
    The request, once it is sure that it can be read as a message.
    """
    if settings.request is None:
        return None
    try:
        source = read_file(settings.request, limit=settings.limits.message)
    except MessageError as error:
        raise CallInvalid(f"--request {settings.request}: {error.reason}") from None
    except OSError as error:
        raise CallInvalid(f"--request {settings.request} cannot be read: {error.strerror}") from None
    report = judge.validate(source)
    if report.verdict is Verdict.UNREADABLE:
        raise CallInvalid(f"--request {settings.request}: {report.reason}")
    return source
