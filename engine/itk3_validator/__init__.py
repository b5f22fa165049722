"""
Validate ITK3 messages against rules written in YAML.

    >>> from itk3_validator import Validator
    >>> report = Validator().validate(b"<Bundle/>")
    >>> str(report.verdict)
    'unrecognised'

## One message

Make one `Validator` and keep it: rules are read and compiled once. What no message can say is stated as facts.

    >>> validator = Validator(["gpcm-sd-oc"])
    >>> report = validator.validate("samples/invalid/GPCM-SD-OC-143.xml", facts={"recipient": "primary"})
    >>> str(report.verdict), report.pack, report.interaction
    ('invalid', 'gpcm-sd-oc', 'report')
    >>> [result.id for result in report.results if result.outcome == "fail"]
    ['GPCM-SD-OC-143']

Who wants an exception says so. It holds ids, and no value of the message:

    >>> from itk3_validator import MessageInvalid
    >>> try:
    ...     report.raise_if_invalid()
    ... except MessageInvalid as invalid:
    ...     print(invalid)
    the message is invalid; failed: GPCM-SD-OC-143

A response is judged with the message that it answers:

    >>> answer, asked = "samples/valid/gpcm-sd-oc-business-response.xml", "samples/valid/gpcm-sd-oc-primary.xml"
    >>> str(validator.validate(answer, request=asked).verdict)
    'valid'

## Several messages

`Validator.validate_many` judges each when its report is asked for. What belongs to one of them stands beside it:

    >>> from itk3_validator import Submission
    >>> messages = [b"<Bundle", Submission(answer, request=asked)]
    >>> [str(report.verdict) for report in validator.validate_many(messages)]
    ['unreadable', 'valid']

A report holds its message until `Report.close`, since places and sentences are worked out when they are asked for.

## What lxml has parsed

A tree, or an element of one, is judged as lxml writes it. Its digest, lines and columns are those of that text, not of
the file it came from; `Finding.xpath` is the same. Give the bytes where you have them: that is exact, and faster.

    >>> from lxml import etree
    >>> tree = etree.parse("samples/invalid/GPCM-SD-OC-143.xml")
    >>> validator.validate(tree, facts={"recipient": "primary"}).outcomes == report.outcomes
    True

## Threads, asyncio, processes

A `Validator` may be used by many threads, and a `Report` too. An event loop goes on while a message is judged in a
thread:

    >>> import asyncio
    >>> async def judged(message: str) -> str:
    ...     report = await asyncio.to_thread(validator.validate, message)
    ...     return str(report.verdict)
    >>> asyncio.run(judged("samples/invalid/GPCM-SD-OC-143.xml"))
    'invalid'

For more than one processor use processes. A `Validator` pickles, and compiles its rules again on the other side. A
`Report` pickles closed: everything is worked out, and the message is not in it.

    >>> import pickle
    >>> pickle.loads(pickle.dumps(report)).outcomes == report.outcomes
    True

## What may change

Versions follow semantic versioning. The contract is the names of this page with their signatures, the verdicts,
outcomes and attributes told here, and the JSON report of version 1. It changes with the first number alone, and what
goes is deprecated for a minor version before; as long as the first number is 0, with the second. New names, optional
arguments and attributes come with the second number. Not part of it: sentences meant for people, what begins with an
underscore, and modules that are not named here. Rule packs have versions of their own.

Each name is imported when it is first used, so that a command imports no more than it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itk3_validator import lazy
from itk3_validator.version import __version__

if TYPE_CHECKING:
    from itk3_validator.batch.settings import BatchSettings
    from itk3_validator.batch.validate_batch import validate_batch
    from itk3_validator.errors import (
        CallInvalid,
        Itk3Error,
        MessageError,
        MessageInvalid,
        PackInvalid,
        PackNotFound,
        Problem,
    )
    from itk3_validator.finding import Finding, Outcome, Severity, Verdict
    from itk3_validator.pack.load import load_pack, load_packs
    from itk3_validator.pack.model import RulePack
    from itk3_validator.report.model import Report, Result
    from itk3_validator.report.responder import Responder
    from itk3_validator.source import Limits, Source, read_file
    from itk3_validator.spelling import did_you_mean
    from itk3_validator.submission import MessageLike, Submission
    from itk3_validator.validator import Validator
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "batch.settings": ("BatchSettings",),
            "batch.validate_batch": ("validate_batch",),
            "errors": (
                "CallInvalid",
                "Itk3Error",
                "MessageError",
                "MessageInvalid",
                "PackInvalid",
                "PackNotFound",
                "Problem",
            ),
            "finding": ("Finding", "Outcome", "Severity", "Verdict"),
            "pack.load": ("load_pack", "load_packs"),
            "pack.model": ("RulePack",),
            "report.model": ("Report", "Result"),
            "report.responder": ("Responder",),
            "source": ("Limits", "Source", "read_file"),
            "spelling": ("did_you_mean",),
            "submission": ("MessageLike", "Submission"),
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
    "MessageInvalid",
    "MessageLike",
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
    "Submission",
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
