"""
The figures of a run as a file, and what they were made on.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lxml import etree

from itk3_validator.version import compiled

RESULTS = Path(__file__).with_name("results.json")
# Archives are measured by a run of their own: {"about": text, "heads": [text], "rows": [[text]]}.
BATCH = Path(__file__).with_name("batch.json")
# So is the service.
SERVICE = Path(__file__).with_name("service.json")
_SHOWN = ("lxml", "pybase64", "elementpath", "saxonche", "fhir.resources", "pydantic")


def read() -> dict[str, Any]:
    """
    The results that are committed, those of the last whole run; with those of archives and of the
    service, where there are any.
    """
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    more = {"batch": BATCH, "service": SERVICE}
    return results | {name: json.loads(at.read_text(encoding="utf-8")) for name, at in more.items() if at.exists()}


def write(results: dict[str, Any]) -> None:
    """
    Keep the results of a whole run.
    """
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def made_on() -> dict[str, object]:
    """
    The machine, the versions and the commit.
    """
    return {
        "commit": _said("git", "describe", "--always", "--dirty"),
        "processor": _found(r"model name\s*:\s*(.*)", "/proc/cpuinfo"),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "engine": "compiled" if compiled() else "pure Python",
        "libxml2": ".".join(map(str, etree.LIBXML_VERSION)),
        "versions": {name: known for name in _SHOWN if (known := _version(name))},
        "node": _said("node", "--version"),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _found(pattern: str, path: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"))
    except OSError:
        return "unknown"
    return found.group(1) if found else "unknown"
