"""
Reading ``test`` expressions in XPath 2.0 and 3.0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from itk3_validator import xpath2
from itk3_validator.checks.ask import Options
from itk3_validator.pack.marked import Node
from itk3_validator.pack.reader import Reader
from itk3_validator.xpath import XPathInvalid


def read_expression(
    node: Node,
    reader: Reader,
    *,
    version: str,
    namespaces: Mapping[str, str],
    variables: Collection[str],
    costly: bool,
) -> Options | None:
    """
    The options of ``test``, once elementpath and the limits of the rule language accept the expression.
    """
    expanded = reader.expanded(node)
    if expanded is None:
        return None
    try:
        xpath2.read(
            expanded.text,
            version=version,
            namespaces=namespaces,
            variables=variables,
            costly=costly,
            told=len(reader.problems),
        )
    except XPathInvalid as invalid:
        for problem in invalid.problems:
            what, remedy = problem.what, problem.remedy
            reader.problem(expanded, what, remedy, problem.offset, code="xpath", section=problem.section)
        return None
    # What elementpath reads is taken to look at the node.
    return {"written": expanded.text, "version": version, "relative": True}
