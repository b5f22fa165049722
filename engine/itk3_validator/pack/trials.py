"""
Reading the ``tests:`` of a pack: which message, what is changed in it, and what is expected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from itk3_validator.finding import Outcome
from itk3_validator.pack.asking import CheckReader
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar
from itk3_validator.pack.model import Trial
from itk3_validator.value import replace

OUTCOMES = {each.value: each for each in Outcome}
_SECTIONS = {"fact": "facts", "interaction": "interactions", "rule": "rules"}
_MADE = ("facts", "interaction", "change", "remove", "repeat", "insert")
_OPTIONAL = ("name", "request", *_MADE)


class TrialReader:
    """
    Reads the tests of one pack against the names that the pack knows. Places are kept as XPaths.
    """

    def __init__(
        self,
        reader: CheckReader,
        *,
        ids: Collection[str],
        interactions: Collection[str],
    ) -> None:
        self.reader = reader
        self.ids = ids
        self.facts = reader.known.facts
        self.interactions = interactions

    def read(self, nodes: Iterable[Node]) -> tuple[Trial, ...]:
        trials = (self._trial(node) for node in nodes)
        return tuple(trial for trial in trials if trial is not None)

    def _trial(self, node: Node) -> Trial | None:
        reader = self.reader
        before = len(reader.problems)
        if not isinstance(node, MarkedMapping):
            reader.fields(node, required=("message", "expect"), optional=("messages", *_OPTIONAL))
            return None
        if node.get("messages") is not None:
            return self._archive(node)
        fields = reader.some_fields(node, required=("message", "expect"), optional=("messages", *_OPTIONAL))
        trial = self._made(node, fields)
        return trial if len(reader.problems) == before else None

    def _archive(self, node: MarkedMapping) -> Trial | None:
        """
        A test of rules over the archive: it names several messages.
        """
        reader = self.reader
        before = len(reader.problems)
        fields = reader.some_fields(node, required=("messages", "expect"), optional=("name",))
        messages = []
        for each in reader.branches(fields["messages"]) if "messages" in fields else ():
            alone = {"message": each} if isinstance(each, Scalar) else None
            inner = alone or reader.fields(each, required=("message",), optional=_MADE)
            if inner is not None:
                messages.append(self._made(each, inner))
        trial = replace(
            self._made(node, {name: fields[name] for name in fields if name != "messages"}), messages=tuple(messages)
        )
        return trial if len(reader.problems) == before else None

    def _made(self, node: Node, fields: Mapping[str, Node]) -> Trial:
        reader = self.reader
        message = reader.text(fields["message"]) if "message" in fields else None
        interaction = reader.text(fields["interaction"]) if "interaction" in fields else None
        if interaction is not None:
            self._known(fields["interaction"], interaction, self.interactions, "interaction")
        return Trial(
            name=reader.text(fields["name"]) if "name" in fields else None,
            message=message or "",
            facts=self._facts(fields["facts"]) if "facts" in fields else {},
            request=reader.text(fields["request"]) if "request" in fields else None,
            interaction=interaction,
            change=self._by_place(fields["change"]) if "change" in fields else {},
            remove=self._places(fields["remove"]) if "remove" in fields else (),
            repeat=self._places(fields["repeat"]) if "repeat" in fields else (),
            insert=self._by_place(fields["insert"]) if "insert" in fields else {},
            expect=self._expect(fields["expect"]) if "expect" in fields else {},
            file=node.mark.file,
            line=node.mark.line,
        )

    def _known(self, node: Node, name: str, known: Iterable[str], what: str) -> None:
        if name not in known:
            remedy = self.reader.meant(name, known)
            self.reader.problem(node, f"unknown {what} {name!r}", remedy, code="name", section=_SECTIONS.get(what, ""))

    def _facts(self, node: Node) -> dict[str, str]:
        stated = {}
        for key, value in self.reader.pairs(node):
            self._known(key, key.text, self.facts, "fact")
            text = self.reader.text(value)
            if text is not None and key.text in self.facts:
                allowed = self.facts[key.text].values
                if allowed and text not in allowed:
                    what = f"{text!r} is no value of the fact {key.text!r}"
                    self.reader.problem(value, what, self.reader.meant(text, allowed), code="name")
                stated[key.text] = text
        return stated

    def _by_place(self, node: Node) -> dict[str, str]:
        changes = {}
        for key, value in self.reader.pairs(node):
            place = self._place(key)
            expanded = self.reader.expanded(value)  # an empty text is a change like any other
            if place is not None and expanded is not None:
                changes[place] = expanded.text
        return changes

    def _places(self, node: Node) -> tuple[str, ...]:
        places = [self._place(each) for each in self.reader.branches(node)]
        return tuple(place for place in places if place is not None)

    def _place(self, node: Node) -> str | None:
        """
        The XPath of a selector's name, or one written in place.
        """
        target = self.reader.target(node)
        if target is not None and target.of_request:
            self.reader.problem(node, "the request of a test is used as it is", "name a place of the message")
            return None
        return None if target is None else target.xpath

    def _expect(self, node: Node) -> dict[Outcome, tuple[str, ...]]:
        if not isinstance(node, MarkedMapping) or not node.pairs:
            if not isinstance(node, Scalar) or node.text != "pass":
                self.reader.problem(node, "this is no expectation", "write pass, or outcomes such as {fail: [ID]}")
            return {}
        expect = {}
        for key, value in node.pairs:
            self._known(key, key.text, OUTCOMES, "outcome")
            ids = [(item, self.reader.text(item)) for item in self.reader.branches(value)]
            for item, each in ids:
                if each is not None:
                    self._known(item, each, self.ids, "rule")
            if key.text in OUTCOMES:
                expect[OUTCOMES[key.text]] = tuple(each for _, each in ids if each is not None)
        return expect
