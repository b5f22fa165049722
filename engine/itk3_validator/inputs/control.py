"""
MESH control files: what the transport says of a message, in a file beside it.

A MESH client keeps a message as ``NAME.dat`` with ``NAME.ctl``: XML without a namespace, root ``DTSControl``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from itk3_validator.fhir import Node
from itk3_validator.inputs.entries import Control
from itk3_validator.source import CONTROL_FIELDS

LARGEST = 10_000
TOO_LARGE = f"it is larger than {LARGEST:,} bytes"
_LONGEST_VALUE = 1_000
_ENDING = ".dat"


def control_names(name: str) -> tuple[str, ...]:
    """
    What the control file of a message may be called; nothing where a message of this name has none.
    """
    if not name.lower().endswith(_ENDING):
        return ()
    stem = name[: -len(_ENDING)]
    return f"{stem}.ctl", f"{stem}.CTL"


def is_control(name: str) -> bool:
    """
    Whether a file of this name says something of the message beside it.
    """
    return name.lower().endswith(".ctl")


def fields_of(data: bytes) -> Control:
    """
    The fields that have one value, each with that value; the reason where this is no control file.
    """
    if len(data) > LARGEST:
        return TOO_LARGE
    # It resolves nothing; a parser of its own for each file, because what a parser has seen stays in it.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root: Node = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return "it is not well-formed XML"
    if root.getroottree().docinfo.doctype:
        return "it has a DOCTYPE"
    if root.tag != "DTSControl":
        return "its root is not DTSControl"
    return tuple(_stated(root))


def _stated(root: Node) -> Iterator[tuple[str, str]]:
    for field in CONTROL_FIELDS:
        values = {(each.text or "").strip() for each in root.findall(field) if len(each) == 0} - {""}
        if len(values) == 1:
            value = values.pop()
            if len(value) <= _LONGEST_VALUE:
                yield field, value
