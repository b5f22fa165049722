"""
What a caller says with a message: facts, the request that it answers, what kind of message it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from itk3_validator.checks.verb import Unknown
from itk3_validator.evaluate import NO_REQUEST
from itk3_validator.finding import Outcome
from itk3_validator.message import Message
from itk3_validator.pack.model import RulePack
from itk3_validator.recognise import Recognised
from itk3_validator.value import Row

# Followed by a colon and the reason.
CONTROL_UNREAD = "the MESH control file of the message cannot be used"


class Call(Row):
    """
    Attributes:
        stated: the caller named the packs.

        interaction: what kind of message the caller says it is.

        facts: what the caller states.

        control: what the message's control file states, field by field; or why it cannot be used.

        request: the message that this one answers, or why there is none; *answers* what it was recognised as.
    """

    stated: bool
    interaction: str | None
    facts: Mapping[str, str]
    control: tuple[tuple[str, str], ...] | str
    request: Message | Unknown
    answers: Recognised | None

    @property
    def is_alone(self) -> bool:
        """
        Whether nothing is said that another message could not be said with.
        """
        return self.request is NO_REQUEST and not self.control

    @property
    def key(self) -> tuple[object, ...]:
        """
        What is said, where it is alone.
        """
        return self.interaction, tuple(self.facts.items())

    def facts_for(self, pack: RulePack) -> dict[str, str | Unknown]:
        """
        The facts that a pack declares, with values that it allows; what the caller states goes before what the control
        file does, and that is unknown where the file cannot be used. What another pack means by a name counts as
        unstated.
        """
        control = self.control
        beside = _unknown(pack, control) if isinstance(control, str) else _known(pack, _of_control(pack, control))
        return {**beside, **_known(pack, self.facts)}


def _unknown(pack: RulePack, why: str) -> dict[str, Unknown]:
    return {
        fact.name: Unknown(
            Outcome.UNDECIDED,
            f"{CONTROL_UNREAD}: {why}; mend it, or state the fact '{fact.name}' to decide this",
        )
        for fact in pack.facts.values()
        if fact.mesh
    }


def _of_control(pack: RulePack, control: Iterable[tuple[str, str]]) -> dict[str, str]:
    fields = dict(control)
    return {fact.name: fields[fact.mesh] for fact in pack.facts.values() if fact.mesh in fields} if fields else {}


def _known(pack: RulePack, facts: Mapping[str, str]) -> dict[str, str | Unknown]:
    declared = pack.facts
    return {
        name: value
        for name, value in facts.items()
        if name in declared and (not declared[name].values or value in declared[name].values)
    }
