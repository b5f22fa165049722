"""
The functions of XPath 1.0 that rules may call, and what to write for those that they may not.
"""

from __future__ import annotations

from enum import StrEnum

from itk3_validator.value import Row


class Gives(StrEnum):
    """
    What an expression yields, in the words of a problem text.
    """

    NODES = "nodes"
    TEXT = "a text"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    UNKNOWN = "something unknown"


class Function(Row):
    """
    How a function is called: *most* is None where any number of arguments will do.
    """

    usage: str
    least: int
    most: int | None
    gives: Gives
    wants_nodes: bool = False

    def arguments(self) -> str:
        """
        How many arguments it takes, in words.
        """
        if self.most is None:
            return f"{self.least} arguments or more"
        if self.least != self.most:
            return f"{self.least} or {self.most} arguments"
        return {0: "no argument", 1: "1 argument"}.get(self.least, f"{self.least} arguments")


FUNCTIONS = {
    function.usage.partition("(")[0]: function
    for function in (
        Function("last()", 0, 0, Gives.NUMBER),
        Function("position()", 0, 0, Gives.NUMBER),
        Function("count(nodes)", 1, 1, Gives.NUMBER, wants_nodes=True),
        Function("local-name(node)", 0, 1, Gives.TEXT, wants_nodes=True),
        Function("namespace-uri(node)", 0, 1, Gives.TEXT, wants_nodes=True),
        Function("name(node)", 0, 1, Gives.TEXT, wants_nodes=True),
        Function("string(value)", 0, 1, Gives.TEXT),
        Function("concat(text, text, ...)", 2, None, Gives.TEXT),
        Function("starts-with(text, beginning)", 2, 2, Gives.BOOLEAN),
        Function("contains(text, part)", 2, 2, Gives.BOOLEAN),
        Function("substring-before(text, mark)", 2, 2, Gives.TEXT),
        Function("substring-after(text, mark)", 2, 2, Gives.TEXT),
        Function("substring(text, first, length)", 2, 3, Gives.TEXT),
        Function("string-length(text)", 0, 1, Gives.NUMBER),
        Function("normalize-space(text)", 0, 1, Gives.TEXT),
        Function("translate(text, characters, replacements)", 3, 3, Gives.TEXT),
        Function("boolean(value)", 1, 1, Gives.BOOLEAN),
        Function("not(condition)", 1, 1, Gives.BOOLEAN),
        Function("true()", 0, 0, Gives.BOOLEAN),
        Function("false()", 0, 0, Gives.BOOLEAN),
        Function("number(value)", 0, 1, Gives.NUMBER),
        Function("sum(nodes)", 1, 1, Gives.NUMBER, wants_nodes=True),
        Function("floor(number)", 1, 1, Gives.NUMBER),
        Function("ceiling(number)", 1, 1, Gives.NUMBER),
        Function("round(number)", 1, 1, Gives.NUMBER),
    )
}

REFUSED = {
    "id": "compare the id itself, as in f:id/@value = 'x'",
    "lang": "compare the attribute, as in @xml:lang = 'en'",
}

OF_LATER_VERSIONS = {
    "exists": "write the path alone, or boolean(path)",
    "empty": "write not(path)",
    "matches": "use the verb 'matches'",
    "ends-with": "compare with substring(text, first)",
    "lower-case": "use translate(text, characters, replacements)",
    "upper-case": "use translate(text, characters, replacements)",
}
