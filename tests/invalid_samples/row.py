"""
One row of the table: which rule an invalid sample breaks, and how it is made from a valid one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sample_edits import Edit, heading

SD = "https://fhir.nhs.uk/STU3/StructureDefinition/"
CS = "https://fhir.nhs.uk/STU3/CodeSystem/"
MD = "https://fhir.nhs.uk/STU3/MessageDefinition/"

HEADER = "/f:Bundle/f:entry[1]/f:resource/f:MessageHeader"
HANDLING = f"{HEADER}/f:extension"
OUTCOME = "/f:Bundle/f:entry/f:resource/f:OperationOutcome"
DOCUMENT = "/f:Bundle/f:entry/f:resource/f:Bundle"
COMPOSITION = f"{DOCUMENT}/f:entry[1]/f:resource/f:Composition"


def key(name: str) -> str:
    """
    The place of one key of the ITKMessageHandling extension.
    """
    return f"{HANDLING}/f:extension[@url='{name}']"


@dataclass(frozen=True, slots=True)
class Row:
    """
    An invalid sample.

    pack: the pack whose rule it is; id: the rule; base: the valid sample it starts from, without `.xml`; what: the
    sentence that says what was broken; request: the sample that it answers, from samples/; also: rules of the same
    pack that say the same, so that no message can break one without the other.
    """

    pack: str
    id: str
    base: str
    what: str
    edits: tuple[Edit, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    request: str | None = None
    interaction: str | None = None
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return re.sub(r"[^A-Za-z0-9.-]", "_", self.id) + ".xml"

    def make(self, valid: str) -> str:
        """
        The invalid sample, from the text of the valid one.
        """
        text = valid
        for edit in self.edits:
            text = edit(text)
        return heading(
            f"Breaks {self.id}: {self.what}",
            f"Otherwise as valid/{self.base}.xml. Fictitious: no real patient, practitioner or organisation.",
        )(text)
