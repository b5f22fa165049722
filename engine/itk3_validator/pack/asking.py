"""
Reading checks: which verb is asked of which target.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import AnyOf, Ask, Checks, CodeList, Options, Range, Target
from itk3_validator.checks.verb import Asks
from itk3_validator.errors import Problem
from itk3_validator.pack.gaps import NO_GAPS, Gaps
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence
from itk3_validator.pack.model import Fact, Selector
from itk3_validator.pack.places import read_target, read_xpath
from itk3_validator.pack.reader import Reader
from itk3_validator.pack.safety import Asked, Shown
from itk3_validator.value import Value
from itk3_validator.xpath import Location
from itk3_validator.xpath.context import needs_context


class Known(Value):
    """
    What checks may name: the pack's own words; and where values may be shown.
    """

    values: Mapping[str, str]
    prefixes: tuple[str, ...]
    namespaces: Mapping[str, str]
    selectors: Mapping[str, Selector]
    lists: Mapping[str, CodeList]
    list_names: Collection[str]
    facts: Mapping[str, Fact]
    shown: Shown
    gaps: Gaps = NO_GAPS


class CheckReader(Reader):
    """
    Reads the checks of one rule; *costly* when the rule says why a costly XPath is worth it.

    *version* is the XPath of its ``test`` expressions.
    """

    def __init__(self, known: Known, problems: list[Problem], *, costly: bool = False, version: str = "1.0") -> None:
        super().__init__(known.values, problems, known.gaps)
        self.known = known
        self.costly = costly
        self.version = version
        # Where the node that ``./`` is relative to is found; empty when that is not known.
        self.here: Location = ()
        self.shown = Asked(known.shown)

    def checks(self, node: Node) -> Checks | None:
        """
        ``{TARGET: VERB, TARGET: {VERB: OPTIONS}, any-of: [...], test: ...}``.
        """
        before = len(self.problems)
        if not isinstance(node, MarkedMapping) or not node.pairs:
            self.problem(node, "nothing is checked here", "write TARGET: VERB, such as {event: present}")
            return None
        made: list[Ask | AnyOf] = []
        for key, value in (*node.pairs, *node.twice):
            if key.text == "any-of":
                made.extend(self._any_of(value))
            elif key.text == "test":
                options = self._verb("test", value)
                made.append(Ask(None, "test", options))
            else:
                made.extend(self._asks(key, value))
        return tuple(made) if len(self.problems) == before else None

    def _any_of(self, node: Node) -> tuple[AnyOf, ...]:
        if not isinstance(node, Sequence) or len(node.items) < 2:
            self.problem(node, "'any-of' holds a list of at least two alternatives", "write [{...}, {...}]")
            return ()
        branches = [self.checks(item) for item in node.items]
        return (AnyOf(tuple(branch for branch in branches if branch is not None)),)

    def _asks(self, key: Scalar, value: Node) -> tuple[Ask, ...]:
        target = self.target(key)
        if isinstance(value, Scalar):
            return self._bare(target, value)
        if not isinstance(value, MarkedMapping) or not value.pairs:
            self.problem(value, f"no verb is asked of {key.text!r}", "write one, such as {equals: ...} or present")
            return ()
        count, some = self._modifiers(value)
        asks = []
        for name, options in value.pairs:
            if name.text in ("count", "some"):
                continue
            if name.text == "test":
                self.problem(name, "'test' stands in place of a target", "write check: {test: ...}")
            elif name.text not in VERBS:
                self.problem(name, f"unknown verb {name.text!r}", self.meant(name.text, (*VERBS, "some")), code="name")
            else:
                read = self._verb(name.text, options)
                if target is not None and read is not None:
                    asks.append((name, Ask(target, name.text, read)))
        return self._modified(target, value, asks, count, some=some)

    def _bare(self, target: Target | None, value: Scalar) -> tuple[Ask, ...]:
        verb = VERBS.get(value.text)
        if verb is not None and verb.bare:
            return () if target is None else (Ask(target, verb.name, options=True),)
        if verb is not None:
            self.problem(value, f"the verb {value.text!r} needs options", f"write {{{value.text}: ...}}")
        elif not value.text:
            self.problem(value, "no verb is asked here", "write one, such as {equals: ...} or present")
        else:
            bare = [name for name, each in VERBS.items() if each.bare]
            near = self.meant(value.text, bare)
            remedy = near if near.startswith("did") else f'to compare with it write {{equals: "{value.text}"}}'
            self.problem(value, f"{value.text!r} is no verb", remedy, code="name")
        return ()

    def _modifiers(self, value: MarkedMapping) -> tuple[Range | None, bool]:
        count, some = value.get("count"), value.get("some")
        return (
            self.range(count) if count is not None else None,
            some is not None and self._some(some),
        )

    def _some(self, node: Node) -> bool:
        text = self.text(node)
        if text not in (None, "true"):
            self.problem(node, f"'some' cannot be {text!r}", "write 'some: true', or remove it")
        return text == "true"

    def _modified(
        self,
        target: Target | None,
        value: MarkedMapping,
        asks: list[tuple[Scalar, Ask]],
        count: Range | None,
        *,
        some: bool,
    ) -> tuple[Ask, ...]:
        plain = [ask for _, ask in asks if VERBS[ask.verb].asks is Asks.NODES]
        valued = [ask for _, ask in asks if VERBS[ask.verb].asks is not Asks.NODES]
        if (
            some
            and not valued
            and len(asks) == len([key for key, _ in value.pairs if key.text not in ("count", "some")])
        ):
            self.problem(value, "'some' stands beside no verb that looks at a value", "remove it, or add such a verb")
        made = [Ask(ask.target, ask.verb, ask.options, count, some) for ask in valued]
        if count is not None and target is not None and not valued:
            made.append(Ask(target, "count", count))
        return (*plain, *made)

    def _verb(self, name: str, node: Node) -> Options | None:
        return VERBS[name].read(node, self)

    # what verbs ask for while they read their options

    def checks_elsewhere(self, node: Node) -> Checks | None:
        """
        Checks on another resource than the one that the rule looks at.
        """
        here, self.here = self.here, ()
        checks = self.checks(node)
        self.here = here
        return checks

    def target(self, node: Node) -> Target | None:
        known = self.known
        return read_target(
            node, self, known.prefixes, known.selectors, costly=self.costly, shown=self.shown, here=self.here
        )

    def code_list(self, node: Node) -> str | None:
        name = self.text(node)
        if name is not None and name not in self.known.list_names:
            self.problem(
                node,
                f"unknown code list {name!r}",
                self.meant(name, self.known.list_names),
                code="name",
                section="code-lists",
            )
            return None
        return name

    def column(self, node: Node, code_list: str) -> str | None:
        name = self.text(node)
        known = self.known.lists.get(code_list)
        if name is None or known is None:
            return name
        columns = list(next(iter(known.rows.values()), {}))
        if not columns:
            what = f"the code list {code_list!r} is a range of numbers and has no columns"
            self.problem(node, what, "name a list that is read from a file", code="name")
            return None
        if name not in columns:
            self.problem(
                node, f"the code list {code_list!r} has no column {name!r}", self.meant(name, columns), code="name"
            )
            return None
        return name

    def fact(self, node: Node, name: str) -> str | None:
        if name not in self.known.facts:
            remedy = self.meant(name, self.known.facts) or "declare it under facts:"
            self.problem(node, f"unknown fact {name!r}", remedy, code="name", section="facts")
            return None
        return name

    def expression(self, node: Node) -> Options | None:
        facts = tuple(f"fact.{name}" for name in self.known.facts)
        if self.version != "1.0":
            from itk3_validator.pack.expressions import read_expression  # elementpath is slow to import

            return read_expression(
                node,
                self,
                version=self.version,
                namespaces=self.known.namespaces,
                variables=(*self.known.selectors, *facts),
                costly=self.costly,
            )
        read = read_xpath(node, self, self.known.prefixes, self.known.selectors, costly=self.costly, scalars=facts)
        if read is None:
            return None
        _, expression = read
        return {"written": expression.text, "version": "1.0", "relative": needs_context(expression.tree)}
