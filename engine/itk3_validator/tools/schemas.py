"""
Writes the JSON Schemas of rule files and of the report into a checkout: ``python -m itk3_validator.tools.schemas``.
"""

from __future__ import annotations

import json
from pathlib import Path

from itk3_validator.pack.schema import rule_file_schema
from itk3_validator.report.json_v1_schema import schema_text


def write(checkout: Path) -> None:
    """
    Write both files below the top folder of a checkout.
    """
    rules = json.dumps(rule_file_schema(), indent=2, ensure_ascii=False) + "\n"
    (checkout / "rules" / "rule-pack.schema.json").write_text(rules, encoding="utf-8")
    (checkout / "docs" / "report-v1.schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    write(Path.cwd())
