"""
A rule pack, checked and merged: plain immutable data, safe to share, pickle and keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from itk3_validator.checks.ask import Checks, CodeList, Range, Target
from itk3_validator.finding import LEVELS, Outcome, Severity
from itk3_validator.pack.archive_rule import ArchiveRule
from itk3_validator.value import Row, Value, field
from itk3_validator.xpath.part import Location


class Extent(Row):
    """
    How many characters an XPath has with every ``$name`` written out, and how many levels deep it is nested then.

    *rounds*: how often something is gone through for every node of something else.
    """

    length: int
    depth: int
    rounds: int = 0


SMALL = Extent(0, 0)


class Selector(Value):
    """
    A named place. One of *xpath* and *follow* is set; their ``$names`` are not yet replaced.

    *label*: how sentences call the place; the name, where the pack says nothing else.

    *safe*: the value here is no patient data, on the word of a pack that is trusted. What lies below is not spoken of.
    *location*: where the XPath leads, in one spelling.
    """

    name: str
    pack: str
    label: str
    xpath: str | None
    follow: str | None
    safe: bool
    expensive: str | None
    extent: Extent = SMALL
    location: Location = ()

    @property
    def expression(self) -> str:
        return self.xpath or self.follow or ""


class Fact(Value):
    """
    What only the caller can state. Without *values* any text may be stated.

    *mesh* is the field of a MESH control file that states it where the caller does not.
    """

    name: str
    values: tuple[str, ...]
    unstated: Outcome
    text: str | None = None
    mesh: str | None = None


class Interaction(Value):
    """
    A kind of message: what it requires, and the clues that are counted.

    *pack* is the pack that speaks of it last; *answers* the interaction whose message it responds to.
    """

    name: str
    pack: str
    title: str | None
    published_as: tuple[str, ...]
    answers: str | None
    requires: Checks
    clues: Checks


class Each(Value):
    """
    The nodes of which the checks are asked one by one; *count* says how many there must be.
    """

    target: Target
    count: Range | None


class Rule(Value):
    """
    The machine check of one requirement. *pack* is the pack that last had a say in it.
    """

    id: str
    pack: str
    text: str
    level: str
    interactions: tuple[str, ...]
    when: Checks
    given: Mapping[str, tuple[str, ...]]
    each: Each | None
    check: Checks
    message: str | None = None
    remedy: str | None = None
    response_code: str | None = None
    part: str | None = None
    status: str = "active"
    source: str | None = None
    link: str | None = None
    xpath: str = "1.0"
    unprovable: str | None = None

    @property
    def severity(self) -> Severity:
        return LEVELS[self.level]


class NotCheckable(Value):
    """
    A requirement that no message can show, and why.
    """

    id: str
    pack: str
    because: str


class Trial(Value):
    """
    One entry of ``tests:``; *expect* maps an outcome to the ids that have it, ``pass`` alone to none.

    *messages*: of a test of rules over the archive, the messages; each is written as a test that expects nothing.
    """

    name: str | None
    message: str
    facts: Mapping[str, str]
    request: str | None
    interaction: str | None
    change: Mapping[str, str]
    remove: tuple[str, ...]
    repeat: tuple[str, ...]
    insert: Mapping[str, str]
    expect: Mapping[Outcome, tuple[str, ...]]
    file: str
    line: int
    messages: tuple[Trial, ...] = ()


class RulePack(Value):
    """
    One pack with everything it inherits.

    Attributes:
        lineage: names of the packs it extends, directly or not, nearest first.

        digest: SHA-256, lower-case hex, of its files and those of the packs it extends.

        archive: the rules over the archive; their ids are none of those in *rules*.
    """

    name: str
    version: str
    title: str
    source: Mapping[str, str]
    digest: str
    lineage: tuple[str, ...]
    namespaces: Mapping[str, str]
    facts: Mapping[str, Fact]
    selectors: Mapping[str, Selector]
    code_lists: Mapping[str, CodeList]
    interactions: Mapping[str, Interaction]
    rules: Sequence[Rule]
    not_checkable: Sequence[NotCheckable]
    archive: Sequence[ArchiveRule] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)
    tests: Sequence[Trial] = ()

    @property
    def all_rules(self) -> tuple[Rule | ArchiveRule, ...]:
        """
        The rules of a message and those over the archive.
        """
        return (*self.rules, *self.archive)
