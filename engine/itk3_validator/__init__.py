"""
Validate ITK3 messages against rules written in YAML.

    >>> from itk3_validator import Validator
    >>> report = Validator().validate(b"<Bundle/>")
    >>> str(report.verdict)
    'unrecognised'
"""

from __future__ import annotations

from itk3_validator.errors import CallInvalid, Itk3Error, MessageError, PackInvalid, PackNotFound, Problem
from itk3_validator.finding import Finding, Outcome, Severity, Verdict
from itk3_validator.pack.load import load_pack, load_packs
from itk3_validator.pack.model import RulePack
from itk3_validator.report.model import Report, Result
from itk3_validator.source import Limits, Source, read_file
from itk3_validator.spelling import did_you_mean
from itk3_validator.validator import Validator

__version__ = "0.1.0"

__all__ = [
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
]
