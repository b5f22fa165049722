"""
saxonche: the Schematron compiled to XSLT 3.0 by `schematron.xsl`, run by Saxon; gives ids and places.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from saxonche import PySaxonProcessor

from benchmarks.contestant import Contestant
from benchmarks.rules_table import Row
from benchmarks.written import schematron_text

COMPILER = Path(__file__).with_name("schematron.xsl")


def contestants(rows: Sequence[Row]) -> list[Contestant]:
    processor = PySaxonProcessor(license=False)
    xslt = processor.new_xslt30_processor()
    compiler = xslt.compile_stylesheet(stylesheet_file=str(COMPILER))
    stylesheet = compiler.transform_to_string(xdm_node=processor.parse_xml(xml_text=schematron_text(rows)))
    judge = xslt.compile_stylesheet(stylesheet_text=stylesheet)

    def run(data: bytes) -> str:
        # Saxon's interface for Python takes text, not bytes.
        return judge.transform_to_string(xdm_node=processor.parse_xml(xml_text=data.decode())) or ""

    def failed(answer: str) -> list[str]:
        return [line.split("\t")[0] for line in answer.splitlines()]

    return [Contestant("Schematron in Saxon", run, failed)]
