"""
The verb ``coding``: system and code of the same Coding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itk3_validator.checks.ask import CodeList
from itk3_validator.checks.verb import TEXT, TEXTS, Answer, Asks, Binder, Reading, Scope, Verb, Wrong, any_of, quoted
from itk3_validator.fhir import IN_FHIR, child_value, children
from itk3_validator.message import Node
from itk3_validator.value import Value


class Coded(Value):
    system: str
    codes: tuple[str, ...] | CodeList | None
    shown: str | None

    @property
    def expected(self) -> str:
        if self.codes is None:
            code = "a code"
        elif isinstance(self.codes, CodeList):
            code = str(self.codes)
        else:
            code = any_of(self.codes)
        display = f" with the display {quoted(self.shown)}" if self.shown is not None else ""
        return f"{code} of {self.system}{display}"

    def wrong(self, node: Node, scope: Scope) -> Answer:
        # A CodeableConcept holds codings of one meaning, so one that is right is enough; a Coding is itself.
        codings = children(node, "coding") or [node]
        answers = []
        for coding in codings:
            parts = _parts(coding)
            answers.append(self._doubled(parts) or self._wrong(coding, parts))
        if None in answers:
            return None
        # Of several, the coding of the right system is the one that is meant.
        near = [coding for coding in codings if child_value(coding, "system") == self.system]
        return answers[codings.index(near[0])] if near else answers[0]

    def _doubled(self, parts: Mapping[str, list[Node]]) -> Wrong | None:
        for name, twins in parts.items():
            if len(twins) > 1:
                return Wrong(f"has a {name} {len(twins)} times", f"once, {self.expected}", at=twins[1])
        return None

    def _wrong(self, coding: Node, parts: Mapping[str, list[Node]]) -> Answer:
        system, code, display = (twins[0].get("value") if twins else None for twins in parts.values())
        if code is None or not code.strip():
            return Wrong("has no code", self.expected, at=coding)
        if system is None or not system.strip():
            return Wrong("has the code {found} without a system", self.expected, (code,), coding)
        if self.codes is not None and code not in self.codes:
            return Wrong("is {found}", self.expected, (code,), parts["code"][0])
        if system != self.system:
            return Wrong("has the system {found}", self.expected, (system,), parts["system"][0])
        if self.shown is None or display == self.shown:
            return None
        if display is None or not display.strip():
            return Wrong("has no display", self.expected, at=coding)
        return Wrong("has the display {found}", self.expected, (display,), parts["display"][0])


_PARTS = {f"{IN_FHIR}{name}": name for name in ("system", "code", "display")}


def _parts(coding: Node) -> Mapping[str, list[Node]]:
    """
    The system, the code and the display of a Coding, each as often as it is there.
    """
    parts: dict[str, list[Node]] = {name: [] for name in _PARTS.values()}
    for child in coding:
        if child.tag in _PARTS:
            parts[_PARTS[child.tag]].append(child)
    return parts


def _read(node: Any, reading: Reading) -> Mapping[str, Any] | None:
    fields = reading.fields(node, required=("system",), optional=("code", "in", "display"))
    if fields is None:
        return None
    if "code" in fields and "in" in fields:
        reading.problem(fields["in"], "a coding has either 'code' or 'in'", "remove one of them")
    options: dict[str, Any] = {"system": reading.text(fields["system"])}
    if "code" in fields:
        options["codes"] = reading.text_or_texts(fields["code"])
    if "in" in fields:
        options["in"] = reading.code_list(fields["in"])
    if "display" in fields:
        options["display"] = reading.text(fields["display"])
    return None if None in options.values() else options


def _bind(options: Mapping[str, Any], binder: Binder) -> Coded:
    codes = binder.code_list(options["in"]) if "in" in options else options.get("codes")
    return Coded(options["system"], codes, options.get("display"))


CODING = Verb(
    name="coding",
    summary="The Coding or CodeableConcept has this system and this code in the same coding.",
    asks=Asks.NODE,
    schema={
        "type": "object",
        "required": ["system"],
        "additionalProperties": False,
        "properties": {
            "system": {"type": "string", "description": "The address of the code system, exactly as it is written."},
            "code": {"anyOf": [TEXT, TEXTS], "description": "The code, or a list of codes; not together with `in`."},
            "in": {"type": "string", "description": "The name of a code list that has the code; not with `code`."},
            "display": {**TEXT, "description": "The display of that coding, exactly as it is written."},
        },
    },
    read=_read,
    bind=_bind,
)
