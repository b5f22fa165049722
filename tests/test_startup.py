"""
What the command imports: no more than it needs for what it was asked. Times are for the benchmarks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import itk3_validator
from itk3_validator import load_packs

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "samples" / "valid" / "gpcm-sd-oc-primary.xml"

# Slow to import, and needed by none of these commands.
SLOW = {
    "elementpath", "jsonschema", "yaml", "importlib.metadata", "importlib.resources", "logging", "shutil", "tempfile",
    "subprocess", "tarfile", "zipfile", "tomllib", "csv", "difflib", "datetime", "multiprocessing", "socket",
    "unicodedata", "itk3_validator.pack.read", "itk3_validator.workshop", "itk3_validator.xpath.grammar",
    "itk3_validator.checks.pattern_cost", "argparse", "gettext", "hashlib", "threading", "dataclasses", "pybase64",
    "pathlib", "urllib.parse", "fnmatch",
}  # fmt: skip
MESSAGES = {"lxml", "json", "itk3_validator.validator"}


def imported(*arguments, status=0, before=""):
    """
    The modules that one run of the command has imported.
    """
    code = (
        f"import sys; {before}\nfrom itk3_validator.adapters.cli import main\nstatus = main(sys.argv[1:])\n"
        "print(status, *sys.modules, file=sys.stderr)"
    )
    done = python(code, *arguments)
    assert done.returncode == 0, done.stderr
    told, *modules = done.stderr.splitlines()[-1].split()
    assert int(told) == status, done.stdout
    return set(modules)


def python(code, *arguments):
    """
    What a new Python made of this code, in which a warning is an error.
    """
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
    )


@pytest.fixture
def kept():
    """
    The bundled packs are in the cache.
    """
    load_packs(cache=True)


def test_one_message_imports_nothing_slow(kept):
    """
    With packs that were kept, neither what reads rules nor what else is slow.
    """
    modules = imported("validate", SAMPLE, "--fact", "recipient=primary")

    assert modules & SLOW == set()
    assert modules >= MESSAGES


def test_one_message_of_a_named_pack(kept):
    """
    So with --pack, and with a message that breaks a rule.
    """
    wrong = ROOT / "samples" / "invalid" / "GPCM-SD-OC-143.xml"

    assert imported("validate", wrong, "--pack", "gpcm-sd-oc", status=1) & SLOW == set()


def test_without_the_cache_the_rules_are_read(kept):
    """
    The test above would see it.
    """
    assert imported("validate", SAMPLE, "--no-cache") >= {"yaml", "itk3_validator.pack.read"}


def test_packs_are_read_without_what_only_some_need():
    """
    Elementpath is for rules in XPath 2, jsonschema for editors.
    """
    assert imported("validate", SAMPLE, "--no-cache") & {"elementpath", "jsonschema", "importlib.metadata"} == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=lambda each: each[0])
def test_help_imports_next_to_nothing(arguments):
    """
    Not even lxml.
    """
    assert imported(*arguments) & ((SLOW | MESSAGES) - {"argparse", "gettext"}) == set()


def test_help_of_a_command():
    """
    `itk3 validate --help` reads no rule.
    """
    assert imported("validate", "--help") & (SLOW - {"argparse", "gettext"}) == set()


@pytest.mark.parametrize("name", itk3_validator.__all__)
def test_every_public_name_is_there(name):
    """
    Each is imported when it is asked for, and is listed.
    """
    done = python(f"from itk3_validator import {name}; import itk3_validator as i; print(i.{name} is {name})")

    assert (done.stdout, done.stderr) == ("True\n", "")
    assert name in dir(itk3_validator)


def test_all_names_without_the_extras():
    """
    `import *` needs nothing that is optional, `validate_batch` included.
    """
    done = python("import sys; sys.modules['pyarrow'] = None; from itk3_validator import *; Validator")

    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_name_is_told():
    """
    As of any other module.
    """
    with pytest.raises(AttributeError, match="module 'itk3_validator' has no attribute 'nothing'"):
        _ = itk3_validator.nothing


def test_importing_the_package_imports_little():
    """
    `import itk3_validator` alone does not load lxml.
    """
    done = python("import sys, itk3_validator; print(*sys.modules)")

    assert done.returncode == 0
    assert set(done.stdout.split()) & (SLOW | MESSAGES) == set()
