"""
Reports as FHIR STU3 OperationOutcome in XML.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from itk3_validator.report.formats import Asked
from itk3_validator.report.operation_outcome import FHIR, Outcomes, Syntax
from itk3_validator.report.xml_pieces import DECLARATION, Element, element, piece


def document(_asked: Asked) -> Outcomes:
    """
    No outcome yet.
    """
    return Outcomes(
        Syntax(
            opening=f'{DECLARATION}<Bundle xmlns="{FHIR}">\n<type value="collection"/>\n',
            first="",
            between="",
            entry=_entry,
            last="",
            closing="</Bundle>\n",
            alone=_alone,
        )
    )


def _entry(resource: dict[str, Any]) -> str:
    return piece(_element("entry", _element("resource", _resource(resource))))


def _alone(resource: dict[str, Any]) -> str:
    made = _resource(resource)
    etree.indent(made)
    return DECLARATION + piece(made)


def _resource(resource: dict[str, Any]) -> Element:
    return _element(resource["resourceType"], *_children(resource))


def _children(held: dict[str, Any]) -> Iterator[Element]:
    for name, value in held.items():
        if name not in {"resourceType", "url"}:
            yield from (_child(name, each) for each in (value if isinstance(value, list) else [value]))


def _child(name: str, value: Any) -> Element:
    if not isinstance(value, dict):
        return _element(name, value=value)
    # Of an extension the address is an attribute; nothing else here has one.
    return _element(name, *_children(value), **({"url": value["url"]} if "url" in value else {}))


def _element(name: str, *children: Element, **attributes: str | int) -> Element:
    return element(f"{{{FHIR}}}{name}", attributes, *children, namespaces={None: FHIR})
