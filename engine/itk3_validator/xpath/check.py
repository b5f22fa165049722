"""
Whether the names of an expression mean something, its parts fit together, and what in it is costly to evaluate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from itk3_validator.spelling import closest
from itk3_validator.xpath.functions import FUNCTIONS, OF_LATER_VERSIONS, REFUSED, Gives
from itk3_validator.xpath.problems import XPathProblem
from itk3_validator.xpath.tokens import NODE_TYPES
from itk3_validator.xpath.tree import (
    Call,
    Expr,
    Filter,
    Group,
    Literal,
    Negation,
    Number,
    Operation,
    Path,
    Step,
    Union,
    Variable,
)

_NEAR_AXES = frozenset({"child", "attribute", "self", "parent"})
_FAR_AXES = frozenset(
    f"{axis}{rest}"
    for axis, rests in {
        "ancestor": ("", "-or-self"),
        "descendant": ("", "-or-self"),
        "following": ("", "-sibling"),
        "preceding": ("", "-sibling"),
    }.items()
    for rest in rests
)
_ARITHMETIC = frozenset({"+", "-", "*", "div", "mod"})
_WITHOUT_BRACKETS = frozenset({"last", "position", "true", "false"})
# The attributes that FHIR has: a predicate on such a name mostly lacks its @.
_ATTRIBUTES = frozenset({"value", "url"})
_ALWAYS_DECLARED = "xml"
_MOST_NAMED = 4
_MOST_AGAIN = 1
_DEEPEST_PREDICATE = 2
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_STEP_BY_STEP = "name every step of the path"
_NAME_IT = "ask one thing at a time: write two rules, or go through the nodes with 'each'"
_SAY_WHY = "or say under expensive: why it is worth it"


class Check:
    """
    Walks one syntax tree and collects problems, costly places and the variables in order of first use.

    What is costly inside a predicate is looked up again for every node. That may happen once: what is looked up again
    for every node of something that is itself looked up again is a problem, as is comparing two such with each other.
    """

    def __init__(
        self, prefixes: Collection[str], variables: Collection[str], scalars: Collection[str], *, told: int = 0
    ) -> None:
        self._told = told
        self._prefixes = prefixes
        self._nodes = variables
        self._scalars = scalars
        self.problems: list[XPathProblem] = []
        self.costly: list[XPathProblem] = []
        self.variables: dict[str, None] = {}
        self._predicates_open = 0
        # Whether the node that a relative path begins at lies above the one whose predicates are looked at, and
        # whether it is one of nodes that are looked up again for each of those.
        self._above = False
        self._repeated = False
        self._lookups = 0

    def visit(self, expression: Expr) -> Gives:
        """
        Check *expression* and everything inside it; tell what it yields.
        """
        match expression:
            case Literal():
                gives = Gives.TEXT
            case Number():
                gives = Gives.NUMBER
            case Variable():
                gives = self._variable(expression)
            case Call():
                gives = self._call(expression)
            case Group(inner=inner):
                gives = self.visit(inner)
            case Filter() | Path() | Union():
                self._visit_nodes(expression)
                gives = Gives.NODES
            case Negation(operand=operand):
                self.visit(operand)
                gives = Gives.NUMBER
            case Operation(operators=operators, operands=operands):
                self._each_again(operands, self.visit, compared=operators[0] in _COMPARISONS)
                gives = Gives.NUMBER if operators[0] in _ARITHMETIC else Gives.BOOLEAN
        return gives

    def _visit_nodes(self, expression: Filter | Path | Union) -> None:
        match expression:
            case Filter(base=base, predicates=predicates):
                before = self._lookups
                self._nodes_before("[", base)
                above = self._above or (self._predicates_open > 0 and _goes_up(base))
                self._predicates(predicates, above=above, repeated=self._since(before))
            case Path():
                self._path(expression)
            case Union(paths=paths):
                self._each_again(paths, lambda path: self._nodes_before("|", path), compared=True)

    def _each_again(self, parts: tuple[Expr, ...], visit: Callable[[Expr], Gives], *, compared: bool) -> None:
        """
        Visit operands. Where nodes are *compared* each with each, only one side may be looked up again.
        """
        again = 0
        for each in parts:
            before = self._lookups
            gives = visit(each)
            again += gives is Gives.NODES and self._since(before)
            if compared and again == _MOST_AGAIN + 1:
                what = "a second side that is looked up again for every node, and is compared with the first"
                self._problem(each.start, what, _NAME_IT)
                again += 1

    def _nodes_before(self, mark: str, base: Expr) -> Gives:
        """
        Check what stands beside `/`, `[` or `|`: only nodes can.
        """
        gives = self.visit(base)
        if gives not in (Gives.NODES, Gives.UNKNOWN):
            self._problem(base.start, f"'{mark}' needs nodes, and this is {gives}", "write a path there")
        return gives

    def _predicates(self, predicates: tuple[Expr, ...], *, above: bool, repeated: bool) -> None:
        """
        Args:
            above: whether the nodes that are chosen lie above the one that an outer predicate is asked of.

            repeated: whether they are looked up again for each of those.
        """
        outer = self._above, self._repeated
        self._above, self._repeated = above, self._repeated or repeated
        self._predicates_open += 1
        for each in predicates:
            if self._predicates_open == _DEEPEST_PREDICATE + 1:
                what = f"predicates are nested more than {_DEEPEST_PREDICATE} deep"
                self._problem(each.start, what, "give the inner path a name, or write two rules")
            self.visit(each)
        self._predicates_open -= 1
        self._above, self._repeated = outer

    def _variable(self, variable: Variable) -> Gives:
        name = variable.name
        if name in self._scalars:
            self.variables.setdefault(name)
            return Gives.TEXT
        if name in self._nodes:
            self.variables.setdefault(name)
            if self._predicates_open:
                self._again(variable.start, f"'${name}'")
            return Gives.NODES
        self._unknown_variable(variable)
        return Gives.UNKNOWN

    def _unknown_variable(self, variable: Variable) -> None:
        known = {*self._nodes, *self._scalars}
        near = self._closest(variable.name, known)
        kind, section = ("fact", "facts") if variable.name.startswith("fact.") else ("selector", "selectors")
        remedy = f"did you mean '${near}'?" if near else f"define it under {section}:"
        self._problem(variable.start, f"unknown {kind} '${variable.name}'", remedy, section=section)

    def _call(self, call: Call) -> Gives:
        given = [self.visit(each) for each in call.arguments]
        function = FUNCTIONS.get(call.name)
        if function is None:
            self._unknown_function(call)
            return Gives.UNKNOWN
        if len(given) < function.least or (function.most is not None and len(given) > function.most):
            what = f"{call.name}() takes {function.arguments()}, not {len(given)}"
            self._problem(call.start, what, f"write {function.usage}")
        elif function.wants_nodes and given and given[0] not in (Gives.NODES, Gives.UNKNOWN):
            what = f"{call.name}() needs nodes, and this is {given[0]}"
            self._problem(call.arguments[0].start, what, "write a path there")
        return function.gives

    def _unknown_function(self, call: Call) -> None:
        if call.name in REFUSED:
            self._problem(call.start, f"the function '{call.name}' cannot be used in a rule", REFUSED[call.name])
            return
        local = call.name.rpartition(":")[2]
        near = local if local in FUNCTIONS else self._closest(local, {*FUNCTIONS, *NODE_TYPES})
        remedy = f"did you mean '{near}'?" if near else "use a function of XPath 1.0"
        self._problem(call.start, f"unknown function '{call.name}'", OF_LATER_VERSIONS.get(call.name, remedy))

    def _path(self, path: Path) -> Gives:
        before, above, repeated = self._lookups, self._above, False
        if path.base is not None:
            self._nodes_before("/", path.base)
            above = above or (self._predicates_open > 0 and _goes_up(path.base))
            repeated = self._since(before)
        if path.absolute and self._predicates_open:
            self._again(path.start, "a path from the document")
            repeated = True
        for step in path.steps:
            if step.axis == "parent":
                above = True
            elif above and step.axis == "child":
                above = False
                if self._predicates_open:
                    self._again(step.start, "a step down after '..'")
                    repeated = True
            self._step(step, above=above, repeated=repeated)
        return Gives.NODES

    def _step(self, step: Step, *, above: bool, repeated: bool) -> None:
        if step.separator == "//":
            self._far(step.slashes, "'//'")
        self._axis(step)
        if step.prefix and step.prefix not in self._prefixes and step.prefix != _ALWAYS_DECLARED:
            self._undeclared(step)
        elif step.is_name and not step.prefix and step.axis != "attribute" and step.axis not in self._prefixes:
            self._without_prefix(step)
        self._predicates(step.predicates, above=above, repeated=repeated)

    def _axis(self, step: Step) -> None:
        if step.axis in _FAR_AXES:
            self._far(step.start, f"the axis '{step.axis}'")
        elif step.axis == "namespace":
            self._problem(
                step.start, "the axis 'namespace' cannot be used in a rule", "compare namespace-uri() instead"
            )
        elif step.axis in self._prefixes:
            self._problem(step.start, f"unknown axis '{step.axis}'", f"write {step.axis}: with one colon")
        elif step.axis not in _NEAR_AXES:
            near = self._closest(step.axis, _NEAR_AXES | _FAR_AXES)
            remedy = f"did you mean '{near}'?" if near else "use child, attribute, self or parent"
            self._problem(step.start, f"unknown axis '{step.axis}'", remedy)

    def _undeclared(self, step: Step) -> None:
        near = self._closest(step.prefix, self._prefixes)
        remedy = f"did you mean '{near}:'?" if near else f"declare it under namespaces:{self._declared(' or use ')}"
        self._problem(step.named, f"undeclared prefix '{step.prefix}'", remedy, section="namespaces")

    def _without_prefix(self, step: Step) -> None:
        what = f"the element '{step.test}' has no prefix"
        if step.test in _WITHOUT_BRACKETS:
            self._problem(step.named, what, f"did you mean '{step.test}()'?")
        elif step.test in _ATTRIBUTES and self._predicates_open:
            self._problem(step.named, what, f"write @{step.test} for the attribute, or f:{step.test} for an element")
        elif "f" in self._prefixes:
            self._problem(step.named, what, f"write f:{step.test}")
        else:
            self._problem(step.named, what, f"write one{self._declared(' of ') or ' before it'}")

    def _declared(self, lead: str) -> str:
        """
        The declared prefixes for a remedy, or nothing where there are none or too many to help.
        """
        names = [f"{prefix}:" for prefix in sorted(self._prefixes)]
        return f"{lead}{' or '.join(names)}" if 0 < len(names) <= _MOST_NAMED else ""

    def _far(self, offset: int, what: str) -> None:
        if self._predicates_open:
            self._problem(offset, f"{what} is not allowed inside a predicate", _STEP_BY_STEP)
        else:
            self.costly.append(XPathProblem(offset, f"{what} searches far", f"{_STEP_BY_STEP}, {_SAY_WHY}"))

    def _since(self, before: int) -> bool:
        """
        Whether something inside a predicate was looked up again since there were *before* such places.
        """
        return self._predicates_open > 0 and self._lookups > before

    def _again(self, offset: int, what: str) -> None:
        self._lookups += 1
        what = f"{what} inside a predicate is looked up again for every node"
        if self._repeated:
            self._problem(offset, f"{what}, each of them looked up again", _NAME_IT)
        else:
            self.costly.append(XPathProblem(offset, what, f"take it out of the predicate, {_SAY_WHY}"))

    def _closest(self, name: str, known: Collection[str]) -> str | None:
        return closest(name, known, told=self._told + len(self.problems))

    def _problem(self, offset: int, what: str, remedy: str, *, section: str = "") -> None:
        self.problems.append(XPathProblem(offset, what, remedy, section))


def _goes_up(base: Expr) -> bool:
    """
    Whether a path in parentheses may end above where it begins.
    """
    match base:
        case Group(inner=inner):
            return _goes_up(inner)
        case Filter(base=inner):
            return _goes_up(inner)
        case Union(paths=paths):
            return any(map(_goes_up, paths))
        case Path(base=inner, steps=steps):
            return any(step.axis == "parent" for step in steps) or (inner is not None and _goes_up(inner))
    return False
