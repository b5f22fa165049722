"""
The Java of docs/stream.md: compiled, and run over the samples.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from itk3_validator import Validator
from sample_messages import ROOT, VALID

pytestmark = pytest.mark.java
EXAMPLE = ROOT / "docs" / "examples" / "java"
STREAM = [sys.executable, "-m", "itk3_validator", "validate", "--stream", "length"]


@pytest.fixture(scope="module")
def java(tmp_path_factory):
    """
    Runs a class of the example, or of the check beside it; standard output and standard error.
    """
    classes = tmp_path_factory.mktemp("classes")
    sources = [*EXAMPLE.glob("*.java"), ROOT / "tests" / "java" / "Check.java"]
    subprocess.run(
        ["javac", "--release", "17", "-Xlint:all", "-Werror", "-encoding", "UTF-8", "-d", classes, *sources], check=True
    )

    def run(name, *arguments):
        done = subprocess.run(
            ["java", "-cp", classes, name, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.splitlines(), done.stderr

    return run


def test_the_example_judges_files(java):
    """
    Four threads, one process: each file has the verdict that Python gives it, in the order of the files.
    """
    files = [*sorted(VALID.glob("*.xml")), *sorted((ROOT / "samples" / "invalid").glob("GPCM*.xml"))]
    validator = Validator()
    verdicts = [validator.validate(file, facts={"recipient": "primary"}).verdict for file in files]
    out, err = java("Example", *STREAM, "--", *files)

    assert out == [f"{file}: {verdict}" for file, verdict in zip(files, verdicts, strict=True)]
    assert err == ""
    assert {"valid", "invalid"} <= set(verdicts)


def test_the_process_is_kept_and_started_again(java):
    """
    Threads get their own answers, also while the process is killed; closing ends it; an end has its status told.
    """
    out, err = java("Check", VALID / "gpcm-sd-oc-primary.xml", *STREAM)

    assert out[0].startswith('unread: Answer[json={"source": "\\"verdict\\": \\"valid\\" \\u00e9\\n\\\\", "digest"')
    assert out[0].endswith("}, verdict=unreadable]")
    assert out[1:] == [
        "unknown fact: error",
        "own answers: 200",
        "own answers, killed: 200",
        "processes: 1",
        "processes, closed: 0",
        "after: undecided",
        "wrong: itk3 ended with status 7 while it judged m",
        "missing: itk3 could not be started while it judged m",
    ]
    assert err == ""
