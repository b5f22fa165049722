"""
From a rule pack to a plan: every XPath, pattern and code list made ready once, to be used on many messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

from itk3_validator import xpath
from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import AnyOf, Ask, CodeList, Options, Range, Target
from itk3_validator.checks.verb import Scope, Unknown, Verb
from itk3_validator.fhir import Node
from itk3_validator.pack.model import Interaction, Rule, RulePack, Selector
from itk3_validator.query import Follow, Query, cuts
from itk3_validator.value import Value

# The names of the selectors, of those that a pack has, at which a message states its sender.
SENDER = ("sender-identifier", "source-endpoint")


class Bound(Value, eq=False):
    """
    A target with its compiled XPath. *plain*: it is looked up in the message itself, wherever the checks begin.
    """

    target: Target
    query: Query
    plain: bool = True


class BoundAsk(Value, eq=False):
    """
    A verb bound to its target and options. *codes* describes the values, where the check knows a code list; *fixed*: it
    says the same at every node of ``each``, so that it is asked once.
    """

    bound: Bound | None
    verb: Verb
    check: Any
    count: Range | None
    some: bool
    fixed: bool = False

    @property
    def codes(self) -> CodeList | None:
        codes = getattr(self.check, "codes", None)
        return codes if isinstance(codes, CodeList) else None


class BoundAnyOf(Value, eq=False):
    branches: tuple[BoundChecks, ...]


BoundChecks: TypeAlias = tuple[BoundAsk | BoundAnyOf, ...]


class BoundEach(Value, eq=False):
    """
    The nodes that checks are asked of one by one; *ask* is how their number is told of.
    """

    bound: Bound
    count: Range | None

    @property
    def ask(self) -> BoundAsk:
        return BoundAsk(self.bound, VERBS["count"], None, None, some=False)


class _BoundLater:
    """
    What is bound when its checks are first looked at: many rules and interactions are of no use to one message.
    """

    __slots__ = ("_bind",)

    def __init__(self, bind: Callable[[Any], None]) -> None:
        self._bind = bind

    def __getattr__(self, name: str) -> Any:
        # Is called for what has no value yet; two threads may bind at once, to the same.
        self._bind(self)
        return object.__getattribute__(self, name)


class BoundRule(_BoundLater):
    """
    A rule ready to run. *when* is asked once; *when_each* of every node of *each*.
    """

    __slots__ = ("check", "each", "rule", "when", "when_each")

    rule: Rule
    when: BoundChecks
    when_each: BoundChecks
    each: BoundEach | None
    check: BoundChecks

    def __init__(self, rule: Rule, bind: Callable[[BoundRule], None]) -> None:
        super().__init__(bind)
        self.rule = rule


class BoundInteraction(_BoundLater):
    """
    An interaction ready to be recognised.
    """

    __slots__ = ("clues", "interaction", "requires")

    interaction: Interaction
    requires: BoundChecks
    clues: BoundChecks

    def __init__(self, interaction: Interaction, bind: Callable[[BoundInteraction], None]) -> None:
        super().__init__(bind)
        self.interaction = interaction


class Plan:
    """
    A pack ready to run. Threads may share it; processes compile their own, since compiled XPaths do not pickle.

    Each part is compiled when a message first needs it: of the packs that compete, one alone is asked for its rules.
    Rules with the status ``draft`` are left out.
    """

    def __init__(self, pack: RulePack) -> None:
        self.pack = pack
        self._compiler = _Compiler(pack)
        # What evaluation makes of the rules, once.
        self.judges: dict[Any, Any] = {}

    @cached_property
    def rules(self) -> tuple[BoundRule, ...]:
        bind = self._compiler.bind_rule
        return tuple([BoundRule(rule, bind) for rule in self.pack.rules if rule.status != "draft"])

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """
        The ids of the rules, in their order.
        """
        return tuple([rule.rule.id for rule in self.rules])

    @cached_property
    def interactions(self) -> Mapping[str, BoundInteraction]:
        bind = self._compiler.bind_interaction
        return {name: BoundInteraction(each, bind) for name, each in self.pack.interactions.items()}

    @cached_property
    def sender(self) -> tuple[Bound, ...]:
        selectors = self.pack.selectors
        return tuple(self._compiler.selector(selectors[name]) for name in SENDER if name in selectors)

    @cached_property
    def whole(self) -> bool:
        """
        Whether an expression may look into an attachment, so that none may be cut out of a message.
        """
        # What is compiled is what is asked.
        _ = [rule.check for rule in self.rules], [each.clues for each in self.interactions.values()], self.sender
        return self._compiler.reads_attachments()


def bind_places(pack: RulePack, names: Iterable[str]) -> Mapping[str, Bound]:
    """
    Places of a pack by name, ready to be looked up: selectors, and XPaths that begin with ``/``, ``(`` or ``$``.

    What the pack does not know is left out.
    """
    compiler = _Compiler(pack)
    bound = {}
    for name in names:
        if name in pack.selectors:
            bound[name] = compiler.selector(pack.selectors[name])
        elif name[:1] in "/($" and all(each in pack.selectors for each in xpath.variables(name)):
            # Nobody has read it: what is wrong with it shows when it is evaluated from its beginning.
            bound[name] = Bound(Target(name, name, name), compiler.whole(name))
    return bound


def compile_pack(pack: RulePack) -> Plan:
    """
    Make a checked pack ready to run.
    """
    return Plan(pack)


class _Compiler:
    """
    What verbs ask of the plan while they are bound; each distinct XPath is compiled once.
    """

    def __init__(self, pack: RulePack) -> None:
        self.pack = pack
        self._fact_names = [f"fact.{name}" for name in pack.facts]
        self._asks: dict[Ask, BoundAsk] = {}
        self._queries: dict[str, Query] = {}
        self._follows: dict[str, Follow] = {}
        self._elementpaths = False

    def reads_attachments(self) -> bool:
        """
        Whether an expression compiled so far may look into an attachment; one for elementpath always may.
        """
        from itk3_validator.attachment_use import reads_attachments  # reads XPaths, as most messages need not

        # What a place above says stands in the text of the one below it.
        queries = self._queries.values()
        lowest = {query.place for query in queries} - {query.above for query in queries}
        return self._elementpaths or any(reads_attachments(query.text) for query in lowest)

    def bind_rule(self, bound: BoundRule) -> None:
        rule = bound.rule
        each = rule.each
        relative = [each is not None and self._is_relative(ask) for ask in rule.when]
        bound.when = self.checks([ask for ask, is_relative in zip(rule.when, relative, strict=True) if not is_relative])
        bound.when_each = self.checks(
            [ask for ask, is_relative in zip(rule.when, relative, strict=True) if is_relative]
        )
        bound.each = BoundEach(self.place(each.target), each.count) if each is not None else None
        bound.check = self.checks(rule.check)

    def bind_interaction(self, bound: BoundInteraction) -> None:
        bound.requires = self.checks(bound.interaction.requires)
        bound.clues = self.checks(bound.interaction.clues)

    def checks(self, checks: Iterable[Ask | AnyOf]) -> BoundChecks:
        return tuple(
            [
                BoundAnyOf(tuple([self.checks(branch) for branch in each.branches]))
                if isinstance(each, AnyOf)
                else self._ask(each)
                for each in checks
            ]
        )

    def _ask(self, ask: Ask) -> BoundAsk:
        """
        A check that several rules ask is bound once, so that its answer can be kept.
        """
        try:
            bound = self._asks.get(ask)
        except TypeError:  # options in a mapping have no hash
            return self._bound(ask)
        if bound is None:
            bound = self._asks[ask] = self._bound(ask)
        return bound

    def _bound(self, ask: Ask) -> BoundAsk:
        verb = VERBS[ask.verb]
        bound = self.place(ask.target) if ask.target is not None else None
        fixed = not self._is_relative(ask)
        return BoundAsk(bound, verb, verb.bind(ask.options, self), ask.count, ask.some, fixed)

    def _is_relative(self, check: Ask | AnyOf) -> bool:
        """
        Whether what a check says depends on the node of ``each``.
        """
        if isinstance(check, AnyOf):
            return any(self._is_relative(each) for branch in check.branches for each in branch)
        if check.target is not None:
            return check.target.relative or _names_relative(check.options)
        return bool(check.options["relative"])

    # what verbs ask for

    def place(self, target: Target) -> Bound:
        return Bound(target, self._query(target.xpath), not (target.relative or target.of_request))

    def selector(self, selector: Selector) -> Bound:
        name = selector.name
        return self.place(Target(name, f"${name}", selector.label, safe=selector.safe))

    def code_list(self, name: str) -> CodeList:
        return self.pack.code_lists[name]

    def expression(self, options: Options) -> Callable[[Node, Scope], bool | Unknown]:
        text, facts = options["written"], self._fact_names
        if options["version"] == "1.0":
            used = set(xpath.variables(text))
            return Holds(self._query(f"boolean({text})"), [name for name in facts if name in used])
        from itk3_validator import xpath2  # elementpath is slow to import

        self._elementpaths = True
        variables = (*self.pack.selectors, *facts)
        parsed = xpath2.read(
            text, version=options["version"], namespaces=self.pack.namespaces, variables=variables, costly=True
        )
        places = {name: self._query(f"${name}") for name in parsed.variables if not name.startswith("fact.")}
        return self._elementpath(parsed, places, [name for name in parsed.variables if name.startswith("fact.")])

    def _elementpath(
        self, parsed: Any, places: Mapping[str, Query], facts: list[str]
    ) -> Callable[[Node, Scope], bool | Unknown]:
        def holds(context: Node, scope: Any) -> bool | Unknown:
            variables = _facts(scope, facts)
            if isinstance(variables, Unknown):
                return variables
            nodes = {name: scope.everywhere(query) for name, query in places.items()}
            # elementpath knows elements; an attribute or text is passed by its value.
            plain = {
                name: [str(each) if isinstance(each, str) else each for each in found] for name, found in nodes.items()
            }
            return bool(parsed.holds(scope.message, context, {**variables, **plain}))

        return holds

    # XPaths

    def _query(self, text: str) -> Query:
        if text not in self._queries:
            self._queries[text] = self._below(text) or self.whole(text)
        return self._queries[text]

    def _below(self, text: str) -> Query | None:
        """
        The query of a place that is named by the one above it.
        """
        selector = self.pack.selectors.get(text[1:]) if text.startswith("$") else None
        if selector is not None and selector.follow is None:
            same = self._query(selector.expression)
            return Query(f"({same.text})", self.pack.namespaces, same.follows, same)
        begin = cuts(text)
        if not begin:
            return None
        query = self._query(text[: begin[0]])
        for start, end in pairwise((*begin, len(text))):
            longer, piece = text[:end], text[start:end]
            if longer not in self._queries:
                whole = f"{query.text}{piece}"
                self._queries[longer] = Query(whole, self.pack.namespaces, query.follows, query, piece)
            query = self._queries[longer]
        return query

    def whole(self, text: str) -> Query:
        expanded = self._expanded(text)
        follows = tuple(self._follow(name) for name in xpath.variables(expanded) if name in self.pack.selectors)
        return Query(expanded, self.pack.namespaces, follows)

    def _expanded(self, text: str) -> str:
        """
        The XPath with every selector written out, but for those that follow references: these stay variables.
        """
        used = [name for name in xpath.variables(text) if name in self.pack.selectors]
        selectors = [self.pack.selectors[name] for name in used]
        return xpath.expand(
            text, {each.name: self._query(each.expression).text for each in selectors if each.follow is None}
        )

    def _follow(self, name: str) -> Follow:
        if name not in self._follows:
            self._follows[name] = Follow(name, self._query(self.pack.selectors[name].expression))
        return self._follows[name]


class Holds(Value, eq=False):
    """
    Whether an XPath 1.0 expression is true; *facts* are the names of those it asks for.
    """

    query: Query
    facts: list[str]

    def __call__(self, context: Node, scope: Any) -> bool | Unknown:
        variables = _facts(scope, self.facts)
        if isinstance(variables, Unknown):
            return variables
        return bool(scope.evaluate(self.query, context, variables))


def _facts(scope: Any, names: list[str]) -> dict[str, str] | Unknown:
    stated = {}
    for name in names:
        fact = scope.fact(name.removeprefix("fact."))
        if isinstance(fact, Unknown):
            return fact
        stated[name] = fact
    return stated


def _names_relative(options: Options) -> bool:
    # What ``where`` asks, in a tuple of alternatives, is relative to another node.
    if isinstance(options, Mapping):
        return any(map(_names_relative, options.values()))
    return isinstance(options, Target) and options.relative
