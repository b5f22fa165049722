"""
The verbs about references: ``refers-to`` and ``references``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itk3_validator.checks.verb import NOTHING, Answer, Asks, Binder, Reading, Scope, Unknown, Verb, Wrong
from itk3_validator.fhir import children, local_name
from itk3_validator.finding import Outcome
from itk3_validator.lazy import pattern
from itk3_validator.message import Message, Node, value_of
from itk3_validator.references import a, a_resource, references_in, resolve
from itk3_validator.value import Value

# Under these roots profiles are published; what stands under another may be anything.
_PROFILE = pattern(
    r"https?://(?:fhir\.nhs\.uk|fhir\.hl7\.org\.uk|fhir\.nhs\.net|hl7\.org/fhir)(?:/[A-Za-z0-9.-]{1,100}){1,6}"
)
_DIGIT = pattern(r"[0-9]")
# A name and its version have fewer digits than the number of a patient.
_FEWEST_DIGITS_OF_A_PERSON = 9


class Alternative(Value):
    """
    One kind of resource that a reference may point to; None leaves that part open.
    """

    resource: str | None
    profile: str | None
    where: Any

    def __str__(self) -> str:
        profile = f" with the profile {self.profile}" if self.profile else ""
        return f"{a(self.resource) if self.resource else 'a resource'}{profile}"

    def wrong(self, target: Node, reference: str, scope: Scope) -> tuple[Wrong, ...] | Unknown | None:
        """
        What is wrong with a target of the resource that this alternative is for.
        """
        stated = _stated(scope.message, target) if self.profile is not None else {}
        if self.profile is not None and self.profile not in stated:
            has = _shown(next(iter(stated), None))
            says = f"refers to {a_resource(local_name(target))} that has {has}"
            return (Wrong(says, str(self), (reference,)),)
        return None if self.where is None else scope.judge(self.where, target)


class RefersTo(Value):
    alternatives: tuple[Alternative, ...]

    @property
    def expected(self) -> str:
        return f"a reference to {' or '.join(str(each) for each in self.alternatives)}"

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer | tuple[Wrong, ...]:
        resolution = resolve(scope.message, node, value)
        if resolution.problem:
            return Wrong(f"is {{found}}: {resolution.problem}", self.expected, (value,))
        target = resolution.targets[0]
        name = local_name(target)
        fitting = [each for each in self.alternatives if each.resource in (None, name)]
        answers = [each.wrong(target, value, scope) for each in fitting]
        if answers and not any(answers):
            return None
        unknown = [answer for answer in answers if isinstance(answer, Unknown)]
        for answer in unknown:
            if answer.outcome is Outcome.ERROR:
                return answer
        if None in answers:
            return None
        if unknown:
            return unknown[0]
        only = str(self.alternatives[0]) if len(self.alternatives) == 1 else None
        # With several alternatives the nearest one speaks: the one of the same resource, else all together.
        near = [answer for each, answer in zip(fitting, answers, strict=True) if only or each.resource == name]
        return near[0] if len(near) == 1 else Wrong(f"refers to {a_resource(name)}", only or self.expected, (value,))


class Resolves(Value):
    expected: str = "a resource of the same Bundle"

    def wrong(self, node: Node, scope: Scope) -> Answer | tuple[Wrong, ...]:
        references = [each for each in references_in(node) if not _may_point_outside(each)]
        wrongs = []
        for reference in references:
            problem = resolve(scope.message, reference).problem
            if problem:
                says = f"has the reference {{found}} in {local_name(reference.getparent())}: {problem}"
                # Whoever calls the Bundle safe says nothing of the references in it.
                found = (value_of(reference) or "",)
                wrongs.append(Wrong(says, self.expected, found, reference, hidden=True))
        return tuple(wrongs) or (None if references else NOTHING)


def _shown(profile: str | None) -> str:
    """
    A profile that a resource states, in words; a text that is no address of a published profile is not repeated.
    """
    if profile is None:
        return "no profile"
    published = _PROFILE.fullmatch(profile) and len(_DIGIT.findall(profile)) < _FEWEST_DIGITS_OF_A_PERSON
    return f"the profile {profile}" if published else "another profile"


def _stated(message: Message, resource: Node) -> Mapping[str, None]:
    """
    The profiles of a resource, read once however many references point to it.
    """
    known = message.derived(_known_profiles)
    if resource not in known:
        known[resource] = dict.fromkeys(profiles(resource))
    return known[resource]


def _known_profiles(_: Message) -> dict[Node, Mapping[str, None]]:
    return {}


def profiles(resource: Node) -> tuple[str, ...]:
    """
    The profiles that a resource states in ``meta.profile``.
    """
    return tuple(
        value
        for meta in children(resource, "meta")
        for profile in children(meta, "profile")
        if (value := value_of(profile)) is not None
    )


def _may_point_outside(reference: Node) -> bool:
    """
    An absolute http address, such as that of a MessageDefinition, need not be in the message.
    """
    return (value_of(reference) or "").startswith(("http://", "https://"))


def _read_refers_to(node: Any, reading: Reading) -> tuple[Mapping[str, Any], ...] | None:
    alternatives = [_read_alternative(each, reading) for each in reading.branches(node)]
    return (
        None if None in alternatives or not alternatives else tuple(each for each in alternatives if each is not None)
    )


def _read_alternative(node: Any, reading: Reading) -> Mapping[str, Any] | None:
    fields = reading.fields(node, optional=("resource", "profile", "where"))
    if fields is None:
        return None
    options: dict[str, Any] = {key: reading.text(fields[key]) for key in ("resource", "profile") if key in fields}
    if "where" in fields:
        options["where"] = reading.checks_elsewhere(fields["where"])
    return None if None in options.values() else options


def _bind_refers_to(options: tuple[Mapping[str, Any], ...], binder: Binder) -> RefersTo:
    return RefersTo(
        tuple(
            Alternative(
                each.get("resource"), each.get("profile"), binder.checks(each["where"]) if "where" in each else None
            )
            for each in options
        )
    )


def _read_references(node: Any, reading: Reading) -> str | None:
    text = reading.text(node)
    if text is not None and text != "resolve":
        reading.problem(node, f"'references' cannot be {text!r}", "write 'references: resolve'")
        return None
    return text


_ALTERNATIVE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "resource": {"type": "string", "description": "The type of the resource, such as Organization."},
        "profile": {"type": "string", "description": "A profile that the resource states in meta.profile."},
        "where": {
            "allOf": [{"$ref": "#/definitions/checks"}],
            "description": "Checks of that resource; a path that begins with `./` begins at it.",
        },
    },
}

REFERS_TO = Verb(
    name="refers-to",
    summary="The reference resolves, inside the Bundle that holds it, to one resource of this kind or of these kinds.",
    asks=Asks.VALUE,
    schema={"anyOf": [_ALTERNATIVE, {"type": "array", "items": _ALTERNATIVE, "minItems": 1}]},
    read=_read_refers_to,
    bind=_bind_refers_to,
)

REFERENCES = Verb(
    name="references",
    summary="`resolve`: every reference in this Bundle resolves in it; absolute http addresses may point outside.",
    asks=Asks.NODE,
    schema={"const": "resolve"},
    read=_read_references,
    bind=lambda options, binder: Resolves(),
)
