"""
Validate ITK3 messages against rules written in YAML.

    >>> from itk3_validator import Validator
    >>> report = Validator().validate(b"<Bundle/>")
    >>> str(report.verdict)
    'unrecognised'

Each name is imported when it is first used, so that a command imports no more than it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itk3_validator import lazy
from itk3_validator.version import __version__

if TYPE_CHECKING:
    from itk3_validator.batch.judging import validate_batch
    from itk3_validator.batch.settings import BatchSettings
    from itk3_validator.errors import CallInvalid, Itk3Error, MessageError, PackInvalid, PackNotFound, Problem
    from itk3_validator.finding import Finding, Outcome, Severity, Verdict
    from itk3_validator.pack.load import load_pack, load_packs
    from itk3_validator.pack.model import RulePack
    from itk3_validator.report.model import Report, Result
    from itk3_validator.report.responder import Responder
    from itk3_validator.source import Limits, Source, read_file
    from itk3_validator.spelling import did_you_mean
    from itk3_validator.validator import Validator
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "batch.judging": ("validate_batch",),
            "batch.settings": ("BatchSettings",),
            "errors": ("CallInvalid", "Itk3Error", "MessageError", "PackInvalid", "PackNotFound", "Problem"),
            "finding": ("Finding", "Outcome", "Severity", "Verdict"),
            "pack.load": ("load_pack", "load_packs"),
            "pack.model": ("RulePack",),
            "report.model": ("Report", "Result"),
            "report.responder": ("Responder",),
            "source": ("Limits", "Source", "read_file"),
            "spelling": ("did_you_mean",),
            "validator": ("Validator",),
        },
    )

__all__ = [
    "BatchSettings",
    "CallInvalid",
    "Finding",
    "Itk3Error",
    "Limits",
    "MessageError",
    "Outcome",
    "PackInvalid",
    "PackNotFound",
    "Problem",
    "Report",
    "Responder",
    "Result",
    "RulePack",
    "Severity",
    "Source",
    "Validator",
    "Verdict",
    "__version__",
    "did_you_mean",
    "load_pack",
    "load_packs",
    "read_file",
    "validate_batch",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
