"""
What the tables of itk3-message share. Where it makes no difference a sample starts from a response, which is short.
"""

from __future__ import annotations

from invalid_samples.row import Row
from sample_edits import Edit

RESPONSE = "gpcm-sd-oc-infrastructure-response"
REPORT = "gpcm-sd-oc-primary"
LETTER = "outpatient-letter-primary"

# In the response: its MessageHeader and its sender.
MESSAGE = "9bafec95-844e-4576-a13c-39d3481f7ae5"
SENDER = "c23b3dd8-bfab-4927-bb3f-73ee70d7cf61"
# In none of the samples.
NEW = "7e2b9a16-0f3d-4c58-a6b1-94d5c8e3f207"
NOBODY = "urn:uuid:5d0a3c47-8c1e-4f27-9b58-2f6e7c9a1d30"

BUNDLE = "/f:Bundle"
SENDER_RESOURCE = "/f:Bundle/f:entry[2]/f:resource/f:Organization"


def rows(prefix: str, *table: tuple[str, str, tuple[Edit, ...]], base: str = RESPONSE) -> tuple[Row, ...]:
    """
    Rows whose ids begin with *prefix*, all made from the same valid sample.
    """
    return tuple(
        Row("itk3-message", prefix + id, base, what, edits, interaction="message") for id, what, edits in table
    )
