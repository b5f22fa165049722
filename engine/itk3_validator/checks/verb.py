"""
What a verb is: how its options are read, how it is bound to a plan, and what it says of a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol, TypeAlias, runtime_checkable

from itk3_validator.attachments import Attachment
from itk3_validator.checks.ask import Checks, CodeList, Options, Range, Target
from itk3_validator.finding import Outcome
from itk3_validator.message import Message, Node
from itk3_validator.value import Row, Value, members

JsonSchema: TypeAlias = Mapping[str, Any]


class Wrong(Row):
    """
    What is wrong with a value or a node.

    Attributes:
        says: follows the label of the place; may name ``{found}``: "is {found}".

        expected: in words, for people.

        found: the values of the message it speaks of.

        at: the node, where it is another than the one looked at.

        private: *expected* holds a value of the message, from a place that is not safe.

        hidden: *found* comes from another place than the one looked at, one that is not safe.
    """

    says: str
    expected: str
    found: tuple[str, ...] = ()
    at: Node | None = None
    private: bool = False
    hidden: bool = False

    def __repr__(self) -> str:
        # The other fields hold what the message says.
        return f"<Wrong: {self.says}>"


class Unknown(Row):
    """
    The check cannot be decided, or had nothing to look at; *why* tells what would decide it.
    """

    outcome: Outcome
    why: str = ""


NOTHING = Unknown(Outcome.NOT_APPLICABLE)

Answer: TypeAlias = Wrong | Unknown | None


@members
class Asks(Enum):
    """
    What a verb looks at: the one value, the one node, all nodes of the place, or an expression of its own.
    """

    VALUE = "value"
    NODE = "node"
    NODES = "nodes"
    EXPRESSION = "expression"


class Scope(Protocol):
    """
    One message while it is judged, as a check sees it.
    """

    @property
    def message(self) -> Message: ...

    def nodes(self, place: Any) -> Sequence[Node] | Unknown:
        """
        The nodes at a bound place; unknown when the request is missing.
        """

    def fact(self, name: str) -> str | Unknown:
        """
        What the caller stated, or what follows from its silence.
        """

    def judge(self, checks: Any, context: Node) -> Unknown | tuple[Wrong, ...] | None:
        """
        Bound checks (of ``where``) with *context* as the node that ``./`` is relative to.
        """


@runtime_checkable
class AttachmentCheck(Protocol):
    """
    A value check that need not see the whole of an attachment; *shown* is its beginning, for what is found.
    """

    def wrong_attachment(self, attachment: Attachment, shown: str) -> Answer: ...


class Reading(Protocol):
    """
    What a verb may ask of the pack while it reads its options; every mistake is told, none raised.
    """

    def text(self, node: Any) -> str | None: ...

    def texts(self, node: Any) -> tuple[str, ...] | None: ...

    def text_or_texts(self, node: Any) -> tuple[str, ...] | None: ...

    def range(self, node: Any) -> Range | None: ...

    def fields(
        self, node: Any, *, required: Sequence[str] = (), optional: Sequence[str] = ()
    ) -> Mapping[str, Any] | None: ...

    def target(self, node: Any) -> Target | None: ...

    def code_list(self, node: Any) -> str | None: ...

    def column(self, node: Any, code_list: str) -> str | None: ...

    def fact(self, node: Any, name: str) -> str | None: ...

    def checks_elsewhere(self, node: Any) -> Checks | None: ...

    def expression(self, node: Any) -> Options | None: ...

    def branches(self, node: Any) -> tuple[Any, ...]: ...

    def problem(self, node: Any, what: str, remedy: str, offset: int = 0, *, code: str = "shape") -> None: ...


class Binder(Protocol):
    """
    What a check may ask of the plan while it is bound.
    """

    def place(self, target: Target) -> Any: ...

    def code_list(self, name: str) -> CodeList: ...

    def checks(self, checks: Checks) -> Any: ...

    def expression(self, options: Options) -> Callable[[Node, Scope], bool | Unknown]: ...


class Verb(Value):
    """
    A verb of the rule language.

    Attributes:
        name: as it stands in a rule file.

        summary: one sentence for people; the hover text of editors.

        asks: what it looks at.

        schema: the JSON Schema of its options.

        read: marked options to checked options; None when a problem was told.

        bind: checked options to a check: options that are ready to be used many times. Its ``expected`` says in words
            what would be right. Its ``wrong`` is given the scope and, as *asks* says, the value and its node, the node,
            all nodes and whether any is enough (``anyone``), or the context; it gives an Answer, or several Wrongs.

        bare: it has no options and may be written alone.
    """

    name: str
    summary: str
    asks: Asks
    schema: JsonSchema
    read: Callable[[Any, Reading], Options | None]
    bind: Callable[[Options, Binder], Any]
    bare: bool = False


TEXT: JsonSchema = {"type": ["string", "number", "boolean"]}
TEXTS: JsonSchema = {"type": "array", "items": TEXT, "minItems": 1}
RANGE: JsonSchema = {"type": ["string", "integer"], "pattern": r"^([0-9]+|[0-9]*\.\.([0-9]+|\*)?)$"}


def quoted(value: str) -> str:
    """
    A value as it stands in a sentence.
    """
    return f"'{value}'"


def any_of(values: Sequence[str]) -> str:
    """
    Alternatives as they stand in a sentence.
    """
    words = [quoted(value) for value in values]
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
