"""
What the service tells of packs and requirements, as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from itk3_validator import RulePack


class Health(BaseModel):
    """
    Whether the service lives, or can judge.
    """

    status: Literal["live", "ready", "not ready"]


class FactModel(BaseModel):
    """
    What a caller may state.
    """

    name: str
    values: list[str] = Field(description="What may be stated; empty where any text may.")
    text: str | None


class PackModel(BaseModel):
    """
    A pack that is served.
    """

    name: str
    version: str
    title: str
    digest: str
    extends: list[str]
    interactions: list[str]
    facts: list[FactModel]
    rules: int


class RefusedModel(BaseModel):
    """
    A new version of the packs that was not taken.
    """

    at: datetime
    problems: list[str] = Field(description="file:line:column: what is wrong, and what would do.")


class Packs(BaseModel):
    """
    The packs that serve, and what became of newer ones.
    """

    version: int = Field(description="Counts from 1 with every new version that was taken.")
    since: datetime
    packs: list[PackModel]
    refused: RefusedModel | None


class RuleModel(BaseModel):
    """
    A requirement and what is done about it.
    """

    id: str
    pack: str = Field(description="The pack that was asked for.")
    pack_version: str
    origin: str = Field(description="The pack that last had a say in it.")
    kind: Literal["rule", "archive rule", "not checkable", "dropped"]
    text: str | None = None
    level: str | None = None
    status: str | None = None
    interactions: list[str] = Field(default_factory=list, description="Empty where every one is meant.")
    remedy: str | None = None
    response_code: str | None = None
    part: str | None = Field(default=None, description="What of the requirement stays unchecked.")
    source: str | None = None
    link: str | None = None
    because: str | None = Field(default=None, description="Why it is not checkable, or was dropped.")


class Rules(BaseModel):
    """
    The requirements of one pack, with all that it inherits.
    """

    pack: str
    version: str
    rules: list[RuleModel]


class Requirement(BaseModel):
    """
    One requirement, in every pack that knows it.
    """

    id: str
    found: list[RuleModel]


class ProblemModel(BaseModel):
    """
    Why a request is refused (RFC 9457).
    """

    type: str
    title: str
    status: int
    reason: str
    detail: str
    request_id: str


def pack_model(pack: RulePack) -> PackModel:
    """
    One pack, in short.
    """
    facts = [FactModel(name=each.name, values=list(each.values), text=each.text) for each in pack.facts.values()]
    return PackModel(
        name=pack.name,
        version=pack.version,
        title=pack.title,
        digest=pack.digest,
        extends=list(pack.lineage),
        interactions=list(pack.interactions),
        facts=facts,
        rules=len(pack.all_rules),
    )


def rules_model(pack: RulePack) -> Rules:
    """
    Everything that a pack says of requirements: its rules in their order, what is not checkable, what was dropped.
    """
    rules = [
        *(_rule(each, pack, "rule") for each in pack.rules),
        *(_rule(each, pack, "archive rule") for each in pack.archive),
        *(_unseen(each.id, each.pack, pack, "not checkable", each.because) for each in pack.not_checkable),
        *(_unseen(id, pack.name, pack, "dropped", why) for id, why in pack.dropped.items()),
    ]
    return Rules(pack=pack.name, version=pack.version, rules=rules)


def requirement_model(id: str, packs: Iterable[RulePack]) -> Requirement:
    """
    One requirement in all packs; nothing found where none knows it.
    """
    found = [rule for pack in packs for rule in rules_model(pack).rules if rule.id == id]
    return Requirement(id=id, found=found)


def _rule(rule: Any, pack: RulePack, kind: Literal["rule", "archive rule"]) -> RuleModel:
    return RuleModel(
        id=rule.id,
        pack=pack.name,
        pack_version=pack.version,
        origin=rule.pack,
        kind=kind,
        text=rule.text,
        level=rule.level,
        status=rule.status,
        interactions=list(rule.interactions),
        remedy=rule.remedy,
        response_code=rule.response_code,
        part=rule.part,
        source=rule.source,
        link=rule.link,
    )


def _unseen(id: str, origin: str, pack: RulePack, kind: Literal["not checkable", "dropped"], because: str) -> RuleModel:
    return RuleModel(id=id, pack=pack.name, pack_version=pack.version, origin=origin, kind=kind, because=because)
