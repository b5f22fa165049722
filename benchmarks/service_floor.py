"""
The same service with nothing but lxml's parse in its processes: `python -m benchmarks.service_floor --port 0`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from lxml import etree

from itk3_validator import Validator
from itk3_validator.adapters import serve_command
from itk3_validator.adapters.service.judging import Answer, Task, Ways


def make(_validator: Validator, _ways: Ways) -> Callable[[Task, Callable[[int], None]], Answer]:
    """
    What works in a process.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)

    def work(task: Task, _begin: Callable[[int], None]) -> Answer:
        etree.fromstring(task.body, parser)
        return Answer("application/json", b"{}", "valid")

    return work


if __name__ == "__main__":
    # By its own name, so that processes can import it.
    from benchmarks.service_floor import make as made

    asked = argparse.ArgumentParser()
    serve_command.add_arguments(asked)
    sys.exit(serve_command.start(asked.parse_args(), made))
