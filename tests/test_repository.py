"""
What the repository says of itself is so: versions agree, commands and links exist, no ignore without its reason.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import itk3_validator
from transcript import run, shown

REPOSITORY = Path(__file__).parent.parent
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / "rules").glob("*.md")])


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))


def test_versions_agree():
    """
    The package, the project file and the newest heading of the changelog name one version.
    """
    newest = re.search(r"^## \[(\d[^]]*)\]", read("CHANGELOG.md"), re.MULTILINE)

    assert (itk3_validator.__version__, newest and newest[1]) == (PROJECT["project"]["version"],) * 2


def test_the_changelog_names_each_kind_of_change_once():
    """
    In each version, and what is added, changed and fixed in this order, before the rules.
    """
    of_versions = [re.findall(r"^### (.*)$", each, re.MULTILINE) for each in read("CHANGELOG.md").split("\n## ")[1:]]
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    expected = [
        [each for each in kinds if each in named] + [each for each in dict.fromkeys(named) if each not in kinds]
        for named in of_versions
    ]

    assert of_versions == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page):
    """
    Every `make TARGET` that a page tells the reader to run is there.
    """
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))

    assert named - targets() == set()


@pytest.mark.parametrize("each", shown(read("README.md")), ids=lambda each: " ".join(each.arguments))
def test_the_readme_shows_real_output(each, capsys, monkeypatch):
    """
    A command of the README prints what stands below it, but for how many rules passed.
    """
    monkeypatch.chdir(REPOSITORY)

    assert run(each.arguments, capsys) == each.output


def test_the_python_of_the_readme_runs(capsys, monkeypatch):
    """
    The example prints what its comments say.
    """
    (example,) = re.findall(r"^```python\n(.*?)^```$", read("README.md"), re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(REPOSITORY)
    exec(compile(example, "README.md", "exec"), {})

    told = re.findall(r"^print\(.*\) +# (.*)$", example, re.MULTILINE)
    assert capsys.readouterr().out.splitlines()[: len(told)] == told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """
    Links inside the repository name files that exist.
    """
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_ignore_says_why():
    """
    A code that the linter shall not report stands on a line of its own with the reason beside it.
    """
    lint = PROJECT["tool"]["ruff"]["lint"]
    ignored = [*lint["ignore"], *(code for codes in lint["per-file-ignores"].values() for code in codes)]
    explained = re.findall(r'^    "(\w+)", +# \S.*$', read("pyproject.toml"), re.MULTILINE)

    assert sorted(ignored) == sorted(explained)


@pytest.mark.parametrize("script", ["run", "demo", "test-all", "wheel-test"])
def test_scripts_stop_at_the_first_mistake(script):
    """
    The scripts are executable, are bash that parses, and stop when a command fails.
    """
    file = REPOSITORY / ".ci" / script
    parsed = subprocess.run(["bash", "-n", file], capture_output=True, text=True, check=False)

    assert (parsed.stderr, file.stat().st_mode & 0o111 != 0) == ("", True)
    assert "\nset -euo pipefail\n" in file.read_text(encoding="utf-8")


def test_what_make_test_leaves_out_the_build_runs():
    """
    Each marker is left out by `make test` and taken in by the last stage of the build, so that no test falls between.
    The marker `compiled` leaves out by itself, and not where the build says that all has to be compiled.
    """
    (left_out,) = re.findall(r'-m "(not [^"]*)"', read("Makefile"))
    (taken,) = re.findall(r"marks=\$\{FURTHER:\+'\(([^)]*)\)'\}", read(".ci/test-all"))
    markers = {each.partition(":")[0] for each in PROJECT["tool"]["pytest"]["ini_options"]["markers"]} - {"compiled"}

    assert re.findall(r"^export (ITK3_BUILD=.*)$", read(".ci/run"), re.MULTILINE) == ["ITK3_BUILD=compiled"]
    assert {each.removeprefix("not ") for each in left_out.split(" and ")} == markers
    assert set(taken.split(" or ")) == markers


def test_no_package_index_is_named():
    """
    Where packages come from is the business of whoever installs them.
    """
    scripts = [f".ci/{name}" for name in ("run", "demo", "test-all", "wheel-test")]
    files = ["pyproject.toml", "Makefile", ".pre-commit-config.yaml", *scripts]

    assert [name for name in files if re.search(r"index-url|find-links|pypi", read(name))] == []
