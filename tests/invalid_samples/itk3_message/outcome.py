"""
Invalid samples of ITK-Response-OperationOutcome-1.
"""

from __future__ import annotations

from invalid_samples.itk3_message.common import rows
from invalid_samples.parts import answer
from invalid_samples.row import CS, OUTCOME
from sample_edits import after, remove, value

CODING = f"{OUTCOME}/f:issue/f:details/f:coding"

ROWS = rows(
    "ITK-Response-OperationOutcome-1#OperationOutcome.",
    ("issue", "the OperationOutcome has no issue.", (remove(f"{OUTCOME}/f:issue"),)),
    ("issue.severity", "the severity is info.", (value(f"{OUTCOME}/f:issue/f:severity", "info"),)),
    ("issue.code", "the issue code is success.", (value(f"{OUTCOME}/f:issue/f:code", "success"),)),
    ("issue.details.coding", "the issue has no details.", (remove(f"{OUTCOME}/f:issue/f:details"),)),
    (
        "issue.details.coding.system",
        "the system of the response code is the withdrawn ITK-Acknowledgement-1.",
        (value(f"{CODING}/f:system", CS + "ITK-Acknowledgement-1"),),
    ),
    (
        "issue.details.coding.code",
        "the response code is the withdrawn 10006.",
        answer("fatal-error", "fatal", "processing", "10006", "Priority Value - Processing Error"),
    ),
    ("issue.details.coding.display", "the response code has no display.", (remove(f"{CODING}/f:display"),)),
    ("issue.details.coding.display/list", "the display of 20013 is OK.", (value(f"{CODING}/f:display", "OK"),)),
    (
        "issue.details.coding.version",
        "the coding states the version of its code system.",
        (after(f"{CODING}/f:system", '<version value="1.5.0"/>'),),
    ),
)
