"""
What a proof yields: the mutations that were made of a passing message, and whether the rule noticed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from itk3_validator.finding import Outcome


class Verdict(StrEnum):
    """
    What became of a mutation: the rule failed on it, it did not, or it need not.
    """

    KILLED = "killed"
    SURVIVED = "survived"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Mutation:
    """
    One change of a passing message.

    Attributes:
        what: what was done, in words: "the value has a character more at its end".

        place: the XPath of the place in the passing message.

        verb: the verb that it was made for.

        base: the passing message, as a test or a sample is called.

        outcome: what the rule said of it.

        why: of what survived or was excused, the reason.
    """

    what: str
    place: str
    verb: str
    base: str
    outcome: Outcome
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """
    What is known of one rule: it fails whenever a passing message is broken, and stays as it is when nothing matters.

    Attributes:
        neutral: how many changes that must not matter were made of messages that the rule passes.

        fired, quiet, not_applicable, undecided: outcomes over tests, samples and mutations; quiet is ``pass``.

        problems: sentences that say what is missing; none when the rule is proved.

        unprovable: why the rule says that it cannot be proved.
    """

    rule: str
    pack: str
    verbs: tuple[str, ...]
    mutations: tuple[Mutation, ...] = ()
    neutral: int = 0
    fired: int = 0
    quiet: int = 0
    not_applicable: int = 0
    undecided: int = 0
    problems: tuple[str, ...] = ()
    unprovable: str | None = None

    @property
    def holds(self) -> bool:
        """
        Proved; or said to be unprovable, and indeed it is not proved.
        """
        return bool(self.problems) if self.unprovable is not None else not self.problems

    @property
    def told(self) -> tuple[str, ...]:
        """
        Why it does not hold, in sentences.
        """
        if self.holds:
            return ()
        return self.problems or ("the rule says that it is unprovable, and it is proved; remove 'unprovable'",)

    def number(self, verdict: Verdict) -> int:
        return Counter(each.verdict for each in self.mutations)[verdict]

    @property
    def survivors(self) -> tuple[Mutation, ...]:
        return tuple(each for each in self.mutations if each.verdict is Verdict.SURVIVED)

    def as_json(self) -> dict[str, Any]:
        """
        Plain values for a JSON report; mutations that were killed are counted, the others are listed.
        """
        return {
            "rule": self.rule,
            "pack": self.pack,
            "holds": self.holds,
            "verbs": list(self.verbs),
            "mutations": {
                "made": len(self.mutations),
                **{verdict.value: self.number(verdict) for verdict in Verdict},
            },
            "neutral": self.neutral,
            "fired": self.fired,
            "quiet": self.quiet,
            "not-applicable": self.not_applicable,
            "undecided": self.undecided,
            "problems": list(self.told),
            "unprovable": self.unprovable,
            "not-killed": [
                {
                    "what": each.what,
                    "place": each.place,
                    "verb": each.verb,
                    "base": each.base,
                    "outcome": each.outcome.value,
                    "verdict": each.verdict.value,
                    "why": each.why,
                }
                for each in self.mutations
                if each.verdict is not Verdict.KILLED
            ],
        }
