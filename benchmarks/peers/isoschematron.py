"""
lxml.isoschematron: the ISO skeleton in XSLT 1.0, with its report, which gives ids and places.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree, isoschematron

from benchmarks.contestant import Contestant, parse
from benchmarks.rules_table import Row
from benchmarks.written import schematron_text

_TEXT = etree.XPath(
    "//svrl:failed-assert/svrl:text/text()", namespaces={"svrl": "http://purl.oclc.org/dsdl/svrl"}, smart_strings=False
)


def contestants(rows: Sequence[Row]) -> list[Contestant]:
    schema = isoschematron.Schematron(etree.fromstring(schematron_text(rows).encode()), store_report=True)

    def run(data: bytes) -> etree._ElementTree:
        schema.validate(parse(data))
        return schema.validation_report

    return [Contestant("isoschematron", run, _TEXT)]
