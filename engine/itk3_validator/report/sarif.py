"""
Reports as SARIF 2.1.0, for code scanning and its viewers.

The results come first and what they refer to after them, so that the document can be written while messages are still
being judged; what is kept is one entry for each rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from itk3_validator.finding import Outcome, Severity, Verdict
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Kind, Tally
from itk3_validator.report.model import Report
from itk3_validator.report.told import Told, numbered, why_not_held
from itk3_validator.report.visible import visible
from itk3_validator.report.waived import Standing, WaiverNote

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LONGEST = 2_000
_BY_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}
_BY_VERDICT = {Verdict.UNREADABLE: "error", Verdict.UNRECOGNISED: "warning", Verdict.ERROR: "error"}
# A kind other than fail has no level. `open`: there was too little to decide; `review`: somebody has to look.
_KINDS = {Outcome.UNDECIDED: "open", Outcome.ERROR: "review"}
_OF_VERDICTS = {
    "unreadable": "The message can be read.",
    "unrecognised": "The message is of a kind that a pack governs.",
    "undecided": "A rule applies to the message.",
    "error": "The message can be judged.",
}


def document(asked: Asked) -> Log:
    """
    A log without results.
    """
    return Log(asked.tool_version)


class Log:
    """
    One log with one run.
    """

    def __init__(self, tool_version: str) -> None:
        self._tool_version = tool_version
        self._first = True
        self._rules: list[dict[str, Any]] = []
        self._indexes: dict[tuple[str, str], int] = {}
        self._not_run: dict[tuple[str, str], int] = {}

    def opening(self) -> str:
        return f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{{"results": ['

    def message(self, report: Report) -> str:
        return "".join(self._separated(_result(report, *each, self._index(each[0]))) for each in numbered(report))

    def closing(self, tally: Tally, waivers: Iterable[WaiverNote] | None = None) -> str:
        driver = {
            "name": "itk3-validator",
            "semanticVersion": self._tool_version,
            "rules": self._rules,
        }
        invocation = {
            "executionSuccessful": not (
                self._not_run or tally.verdicts[Verdict.UNREADABLE] or tally.verdicts[Verdict.ERROR]
            ),
            "toolExecutionNotifications": [
                _notification("error", f"{id} could not be run on {number:,} messages", id)
                for (_, id), number in self._not_run.items()
            ],
            "toolConfigurationNotifications": [
                _notification("warning", f"waiver {each.standing}: {each.why}", each.rule)
                for each in waivers or ()
                if each.standing is not Standing.USED
            ],
        }
        rest = {
            "tool": {"driver": driver},
            "invocations": [invocation],
            "columnKind": "unicodeCodePoints",
            "properties": {"verdicts": {each.value: tally.verdicts[each] for each in Verdict}},
        }
        return f"\n], {json.dumps(rest)[1:-1]}}}]}}\n"

    def _separated(self, result: dict[str, Any]) -> str:
        first, self._first = self._first, False
        return ("\n" if first else ",\n") + json.dumps(result)

    def _index(self, entry: Told) -> int:
        """
        The place of the entry's rule among the rules, where it is put when it comes for the first time.
        """
        key = entry.result.pack if entry.result is not None else "", entry.id
        if entry.result is not None and entry.result.outcome is Outcome.ERROR:
            self._not_run[key] = self._not_run.get(key, 0) + 1
        if key not in self._indexes:
            self._indexes[key] = len(self._rules)
            self._rules.append(_rule(entry))
        return self._indexes[key]


def _rule(entry: Told) -> dict[str, Any]:
    result = entry.result
    if result is None:
        return {"id": entry.id, "shortDescription": {"text": _OF_VERDICTS[entry.id]}}
    made: dict[str, Any] = {
        "id": visible(result.id),
        "shortDescription": {"text": visible(result.text, longest=_LONGEST)},
        "defaultConfiguration": {"level": _BY_SEVERITY[result.severity]},
        "properties": {"pack": visible(result.pack), "level": result.level},
    }
    if result.source:
        made["fullDescription"] = {"text": visible(f"{result.text} ({result.source})", longest=_LONGEST)}
    if result.remedy:
        made["help"] = {"text": visible(result.remedy, longest=_LONGEST)}
    if result.link and result.link.startswith(("https://", "http://")):
        made["helpUri"] = quote(visible(result.link), safe=":/?#[]@!$&'()*+,;=%-._~")
    return made


def _result(report: Report, entry: Told, fingerprint: str, index: int) -> dict[str, Any]:
    made = {
        "ruleId": visible(entry.id),
        "ruleIndex": index,
        **_weight(entry),
        "message": {"text": entry.says},
        "locations": [_location(report, entry)],
        "partialFingerprints": {"itk3/v1": fingerprint},
    }
    if entry.kind is Kind.WAIVED and entry.result is not None:
        why = why_not_held(entry.result)
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return made


def _weight(entry: Told) -> dict[str, str]:
    result = entry.result
    if result is None:
        level = _BY_VERDICT.get(Verdict(entry.id))
        return {"kind": "open", "level": "none"} if level is None else {"kind": "fail", "level": level}
    outcome = result.waiver.was if result.waiver is not None else result.outcome
    if outcome in _KINDS:
        return {"kind": _KINDS[outcome], "level": "none"}
    return {"kind": "fail", "level": _BY_SEVERITY[result.severity]}


def _location(report: Report, entry: Told) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(report.source)}}
    if entry.line is not None:
        column = {"startColumn": entry.column} if entry.column is not None else {}
        physical["region"] = {"startLine": entry.line, **column}
    if entry.finding is None:
        return {"physicalLocation": physical}
    path = entry.finding.xpath
    kind = "attribute" if path.rpartition("/")[2].startswith("@") else "element"
    return {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": visible(path), "kind": kind}]}


def uri(source: str) -> str:
    """
    The name of a message as a URI reference; an absolute path begins with ``file://``.
    """
    path = quote(source.encode("utf-8", "surrogateescape" if _is_path(source) else "backslashreplace"), safe="/!~")
    return f"file://{path}" if path.startswith("/") else path


def _is_path(source: str) -> bool:
    # Lone surrogates stand for the bytes of a file name that is not UTF-8.
    return all(not 0xD800 <= ord(each) < 0xDC80 and not 0xDCFF < ord(each) < 0xE000 for each in source)


def _notification(level: str, text: str, rule: str) -> dict[str, Any]:
    return {
        "level": level,
        "message": {"text": visible(text, longest=_LONGEST)},
        "associatedRule": {"id": visible(rule)},
    }
