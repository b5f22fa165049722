"""
Whether the names of an expression mean something, its parts fit together, and what in it is costly to evaluate.
"""

from __future__ import annotations

from collections.abc import Collection

from itk3_validator.spelling import closest
from itk3_validator.xpath.functions import FUNCTIONS, OF_LATER_VERSIONS, REFUSED, Function, Gives
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
_STEP_BY_STEP = "name every step of the path"
_SAY_WHY = "or say under expensive: why it is worth it"


class Check:
    """
    Walks one syntax tree and collects problems, costly places and the variables in order of first use.
    """

    def __init__(self, prefixes: Collection[str], variables: Collection[str], scalars: Collection[str]) -> None:
        self._prefixes = prefixes
        self._nodes = variables
        self._scalars = scalars
        self.problems: list[XPathProblem] = []
        self.costly: list[XPathProblem] = []
        self.variables: dict[str, None] = {}
        self._predicates_open = 0

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
                for each in operands:
                    self.visit(each)
                gives = Gives.NUMBER if operators[0] in _ARITHMETIC else Gives.BOOLEAN
        return gives

    def _visit_nodes(self, expression: Filter | Path | Union) -> None:
        match expression:
            case Filter(base=base, predicates=predicates):
                self._nodes_before("[", base)
                self._predicates(predicates)
            case Path():
                self._path(expression)
            case Union(paths=paths):
                for path in paths:
                    self._nodes_before("|", path)

    def _nodes_before(self, mark: str, base: Expr) -> None:
        """
        Check what stands beside `/`, `[` or `|`: only nodes can.
        """
        gives = self.visit(base)
        if gives not in (Gives.NODES, Gives.UNKNOWN):
            self._problem(base.start, f"'{mark}' needs nodes, and this is {gives}", "write a path there")

    def _predicates(self, predicates: tuple[Expr, ...]) -> None:
        self._predicates_open += 1
        for each in predicates:
            self.visit(each)
        self._predicates_open -= 1

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
        near = closest(variable.name, known)
        kind, section = ("fact", "facts:") if variable.name.startswith("fact.") else ("selector", "selectors:")
        remedy = f"did you mean '${near}'?" if near else f"define it under {section}"
        self._problem(variable.start, f"unknown {kind} '${variable.name}'", remedy)

    def _call(self, call: Call) -> Gives:
        given = [self.visit(each) for each in call.arguments]
        function = FUNCTIONS.get(call.name)
        if function is None:
            self._unknown_function(call)
            return Gives.UNKNOWN
        if len(given) < function.least or (function.most is not None and len(given) > function.most):
            what = f"{call.name}() takes {_arguments(function)}, not {len(given)}"
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
        near = local if local in FUNCTIONS else closest(local, {*FUNCTIONS, *NODE_TYPES})
        remedy = f"did you mean '{near}'?" if near else "use a function of XPath 1.0"
        self._problem(call.start, f"unknown function '{call.name}'", OF_LATER_VERSIONS.get(call.name, remedy))

    def _path(self, path: Path) -> Gives:
        if path.base is not None:
            self._nodes_before("/", path.base)
        if path.absolute and self._predicates_open:
            self._again(path.start, "a path from the document")
        for step in path.steps:
            self._step(step)
        return Gives.NODES

    def _step(self, step: Step) -> None:
        if step.separator == "//":
            self._far(step.slashes, "'//'")
        self._axis(step)
        if step.prefix and step.prefix not in self._prefixes and step.prefix != _ALWAYS_DECLARED:
            self._undeclared(step)
        elif step.is_name and not step.prefix and step.axis != "attribute" and step.axis not in self._prefixes:
            self._without_prefix(step)
        self._predicates(step.predicates)

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
            near = closest(step.axis, _NEAR_AXES | _FAR_AXES)
            remedy = f"did you mean '{near}'?" if near else "use child, attribute, self or parent"
            self._problem(step.start, f"unknown axis '{step.axis}'", remedy)

    def _undeclared(self, step: Step) -> None:
        near = closest(step.prefix, self._prefixes)
        remedy = f"did you mean '{near}:'?" if near else f"declare it under namespaces:{self._declared(' or use ')}"
        self._problem(step.named, f"undeclared prefix '{step.prefix}'", remedy)

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

    def _again(self, offset: int, what: str) -> None:
        what = f"{what} inside a predicate is looked up again for every node"
        self.costly.append(XPathProblem(offset, what, f"take it out of the predicate, {_SAY_WHY}"))

    def _problem(self, offset: int, what: str, remedy: str) -> None:
        self.problems.append(XPathProblem(offset, what, remedy))


def _arguments(function: Function) -> str:
    """
    How many arguments a function takes, in words.
    """
    if function.most is None:
        return f"{function.least} arguments or more"
    if function.least != function.most:
        return f"{function.least} or {function.most} arguments"
    return {0: "no argument", 1: "1 argument"}.get(function.least, f"{function.least} arguments")
