"""
What the checks of lint look at: a pack as it is written, every XPath with its syntax and its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from itk3_validator.fhir import FHIR, XHTML
from itk3_validator.pack.checked import read_values
from itk3_validator.pack.derive import Merged
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.expand import Expanded, expand
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Mark, Node, Scalar
from itk3_validator.pack.model import RulePack
from itk3_validator.pack.read import Loaded
from itk3_validator.stu3 import is_resource, resources
from itk3_validator.workshop.lint.asked import Asked, asked, texts
from itk3_validator.workshop.lint.node_types import Types, Typing
from itk3_validator.xpath import XPathInvalid
from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.tree import Expr

_DEEPEST = 100


class Written(NamedTuple):
    """
    One XPath as it stands in a file; *tree* is None for XPath 2.0 and later, and for what is no XPath.

    *context* are the types that ``./`` begins at; *verb* is what is asked there, nothing for a selector.
    """

    text: Expanded
    tree: Expr | None
    context: Types
    verb: str = ""


class RuleText(NamedTuple):
    """
    One rule as it is written: its keys, what it asks, and in which version its ``test`` is written.
    """

    id: Scalar
    fields: Mapping[str, Node]
    check: tuple[Asked, ...]
    when: tuple[Asked, ...]
    version: str

    def says(self, key: str, subject: Subject) -> str:
        node = self.fields.get(key)
        return subject.text(node).text if isinstance(node, Scalar) else ""


@dataclass(frozen=True, eq=False)
class Subject:
    """
    One pack under lint. *pack* is None when it cannot be loaded; *users* are the packs that extend it.
    """

    merged: Merged
    pack: RulePack | None
    folder: str
    users: tuple[Merged, ...] = ()

    @classmethod
    def of(cls, loaded: Loaded, merged: Merged, users: Iterable[Merged] = ()) -> Subject:
        return cls(merged, loaded.pack, str(loaded.folder), tuple(users))

    def owns(self, mark: Mark) -> bool:
        return mark.file.replace("\\", "/").rpartition("/")[0] == self.folder.replace("\\", "/").rstrip("/")

    @property
    def name(self) -> str:
        return self.merged.draft.name

    @cached_property
    def values(self) -> Mapping[str, str]:
        return read_values(self.merged.named["values"], [])

    @cached_property
    def namespaces(self) -> Mapping[str, str]:
        declared = {
            name: self.text(entry.value).text
            for name, entry in self.merged.named["namespaces"].items()
            if isinstance(entry.value, Scalar)
        }
        return {**declared, "f": FHIR, "h": XHTML}

    def text(self, scalar: Scalar) -> Expanded:
        """
        A text with the pack's values put in.
        """
        return expand(scalar, self.values)[0]

    @cached_property
    def selectors(self) -> Mapping[str, Written]:
        """
        Every selector, inherited ones included.
        """
        made = {}
        for name, entry in self.merged.named["selectors"].items():
            node = _xpath(entry.value)
            if node is not None:
                made[name] = self.written(node, None)
        return made

    def follows(self, name: str) -> bool:
        value = self.merged.named["selectors"][name].value
        return isinstance(value, MarkedMapping) and value.get("follow") is not None

    def written(self, scalar: Scalar, context: Types, *, verb: str = "", version: str = "1.0") -> Written:
        text = self.text(scalar)
        return Written(text, _tree(text.text) if version == "1.0" else None, context, verb)

    @cached_property
    def typing(self) -> Typing:
        trees = {name: (each.tree, self.follows(name)) for name, each in self.selectors.items()}
        return Typing(trees, self.namespaces)

    @cached_property
    def rules(self) -> tuple[RuleText, ...]:
        """
        The rules that stand in files of the pack itself.
        """
        return self._of_section("rules")

    @cached_property
    def archive(self) -> tuple[RuleText, ...]:
        """
        The rules over the archive; what they check is no place of a message.
        """
        return tuple(each._replace(check=()) for each in self._of_section("archive"))

    def _of_section(self, section: str) -> tuple[RuleText, ...]:
        entries = (each for each in self.merged.rules.values() if each.section == section)
        return tuple(self._rule(each) for each in entries if self.owns(each.value.mark))

    def _rule(self, entry: Entry) -> RuleText:
        fields = _fields(entry.value)
        version = fields.get("xpath", self.merged.draft.head.get("xpath"))
        return RuleText(
            id=entry.key,
            fields=fields,
            check=tuple(asked(fields.get("check"))),
            when=tuple(asked(fields.get("when"))),
            version=version.text if isinstance(version, Scalar) else "1.0",
        )

    @cached_property
    def interactions(self) -> Mapping[str, tuple[Asked, ...]]:
        """
        What interactions require and what their clues are.
        """
        return {
            name: tuple(each for key in ("requires", "clues") for each in asked(_fields(entry.value).get(key)))
            for name, entry in self.merged.named["interactions"].items()
        }

    @cached_property
    def xpaths(self) -> tuple[Written, ...]:
        """
        Every XPath of the pack: selectors, and what is written in place.
        """
        found = list(self.selectors.values())
        for rule in self.rules:
            context = self.context(rule)
            if (each := _each(rule)) is not None:
                found.append(self.target(each, resources()))
            for ask in (*rule.check, *rule.when):
                found.extend(self._asked(ask, context, rule.version))
        for asks in self.interactions.values():
            for ask in asks:
                found.extend(self._asked(ask, resources(), "1.0"))
        return tuple(found)

    def context(self, rule: RuleText) -> Types:
        """
        What ``./`` begins at in a rule; without ``each`` the root, whatever resource it is.
        """
        each = _each(rule)
        return self.types(self.target(each, resources())) if each is not None else resources()

    def below(self, ask: Asked, context: Types) -> Types:
        """
        What ``./`` begins at in one check: inside ``where`` the resource that is referred to.
        """
        if not ask.inside:
            return context
        return frozenset({ask.resource}) if is_resource(ask.resource) else resources()

    def types(self, written: Written) -> Types:
        return self.typing.of(written.tree, written.context) if written.tree is not None else None

    def target(self, scalar: Scalar, context: Types, verb: str = "") -> Written:
        """
        A place named by a selector, or by an XPath in place.
        """
        text = self.text(scalar)
        name = text.text.removeprefix("request.")
        if name in self.merged.named["selectors"]:
            return Written(text, _tree(f"${name}"), None, verb)
        return Written(text, _tree(text.text), context, verb)

    def _asked(self, ask: Asked, context: Types, version: str) -> Iterator[Written]:
        here = self.below(ask, context)
        if ask.target is not None:
            yield self.target(ask.target, here, ask.verb.text)
        elif isinstance(ask.options, Scalar):
            yield self.written(ask.options, here, verb="test", version=version)
        if ask.verb.text == "row" and isinstance(ask.options, MarkedMapping):
            key = ask.options.get("key")
            if isinstance(key, Scalar):
                yield self.target(key, here, "row")

    def fixed(self, ask: Asked) -> tuple[tuple[Scalar, str], ...]:
        """
        The values that a check names, each with where it is written.
        """
        return tuple((node, self.text(node).text) for node in texts(ask))


def _xpath(value: Node) -> Scalar | None:
    if isinstance(value, MarkedMapping):
        found = value.get("xpath") or value.get("follow")
        return found if isinstance(found, Scalar) else None
    return value if isinstance(value, Scalar) else None


def _each(rule: RuleText) -> Scalar | None:
    value = rule.fields.get("each")
    if isinstance(value, MarkedMapping):
        value = value.get("select")
    return value if isinstance(value, Scalar) else None


def _fields(value: Node) -> dict[str, Node]:
    return {key.text: node for key, node in value.pairs} if isinstance(value, MarkedMapping) else {}


def _tree(text: str) -> Expr | None:
    try:
        return parse(text, deepest=_DEEPEST)
    except XPathInvalid:
        return None
