"""
Invalid samples of Extension-ITK-MessageHandling-2.
"""

from __future__ import annotations

from invalid_samples.itk3_message.common import rows
from invalid_samples.row import CS, HANDLING, key
from sample_edits import after, remove, rename, repeat, replace, value

HANDLING_ROWS = rows(
    "Extension-ITK-MessageHandling-2#Extension.",
    *(
        (f"extension:{name}", f"the key {name} is missing.", (remove(key(name)),))
        for name in (
            "BusAckRequested",
            "InfAckRequested",
            "RecipientType",
            "MessageDefinition",
            "SenderReference",
            "LocalExtension",
        )
    ),
    (
        "extension:BusAckRequested.value[x]",
        "BusAckRequested is written False.",
        (value(key("BusAckRequested") + "/f:valueBoolean", "False"),),
    ),
    (
        "extension:InfAckRequested.value[x]",
        "InfAckRequested holds a string.",
        (rename(key("InfAckRequested") + "/f:valueBoolean", "valueString"),),
    ),
    (
        "extension:RecipientType.value[x]",
        "the code of RecipientType is FYI.",
        (value(key("RecipientType") + "/f:valueCoding/f:code", "FYI"),),
    ),
    (
        "extension:RecipientType.value[x].display",
        "RecipientType has no display.",
        (remove(key("RecipientType") + "/f:valueCoding/f:display"),),
    ),
    (
        "extension:RecipientType.value[x].display/list",
        "the display beside FA is that of FI.",
        (value(key("RecipientType") + "/f:valueCoding/f:display", "For Information"),),
    ),
    (
        "extension:RecipientType.value[x].version",
        "RecipientType states the version of its code system.",
        (after(key("RecipientType") + "/f:valueCoding/f:system", '<version value="1.1.0"/>'),),
    ),
    (
        "extension:MessageDefinition.value[x]",
        "MessageDefinition holds its reference twice.",
        (repeat(key("MessageDefinition") + "/f:valueReference"),),
    ),
    (
        "extension:SenderReference.value[x]",
        "SenderReference holds None beside the reference.",
        (after(key("SenderReference") + "/f:valueString", '<valueString value="None"/>'),),
    ),
    (
        "extension:LocalExtension.value[x]",
        "LocalExtension holds a second value, of another type.",
        (after(key("LocalExtension") + "/f:valueString", '<valueBoolean value="true"/>'),),
    ),
    (
        "extension:MessageDefinition.value[x].identifier",
        "MessageDefinition has a display beside its reference.",
        (after(key("MessageDefinition") + "/f:valueReference/f:reference", '<display value="ITK Response"/>'),),
    ),
    (
        "extension:Priority",
        "the withdrawn key Priority is present.",
        (
            after(
                key("RecipientType"),
                f"""\
<extension url="Priority">
  <valueCoding>
    <system value="{CS}ITK-Priority-1"/>
    <code value="routine"/>
    <display value="Routine"/>
  </valueCoding>
</extension>""",
            ),
        ),
    ),
    (
        "value[x]",
        "the handling extension has a value of its own.",
        (after(key("LocalExtension"), '<valueString value="None"/>'),),
    ),
    (
        "extension/outside",
        "LocalExtension stands beside the handling extension, too.",
        (after(HANDLING, '<extension url="LocalExtension">\n  <valueString value="None"/>\n</extension>'),),
    ),
)

DISTRIBUTION_ROWS = rows(
    "FHIR-",
    (
        "SR-03",
        "SenderReference has 288 characters.",
        (value(key("SenderReference") + "/f:valueString", "821207a9-a4ba-41dc-a7a2-d9bb5342f4da" * 8),),
    ),
    (
        "SR-05",
        "MessageDefinition holds a name, which is no URI.",
        (value(key("MessageDefinition") + "/f:valueReference/f:reference", "ITK Response"),),
    ),
    (
        "SR-06",
        "LocalExtension holds no value.",
        (replace(key("LocalExtension"), '<extension url="LocalExtension"/>'),),
    ),
)

ROWS = (*HANDLING_ROWS, *DISTRIBUTION_ROWS)
