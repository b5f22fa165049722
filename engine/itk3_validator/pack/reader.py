"""
Reading texts, lists, ranges and keys out of marked values; every mistake is noted, none raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Several

from itk3_validator.checks.ask import Range
from itk3_validator.errors import Problem
from itk3_validator.pack.expand import Expanded, expand, named
from itk3_validator.pack.gaps import NO_GAPS, Gaps
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence, is_lost
from itk3_validator.spelling import closest, did_you_mean

_RANGE = re.compile(r"(?P<exact>[0-9]{1,9})|(?P<low>[0-9]{0,9})\.\.(?P<high>[0-9]{1,9}|\*)?")


class Reader:
    """
    Turns marked values into plain ones, with the pack's values put in for ``${name}``.

    The problems of all readers that share a list are told together.
    """

    def __init__(self, values: Mapping[str, str], problems: list[Problem], gaps: Gaps = NO_GAPS) -> None:
        self.values = values
        self.problems = problems
        self.gaps = gaps

    def problem(
        self,
        node: Node | Expanded,
        what: str,
        remedy: str,
        offset: int = 0,
        *,
        code: str = "shape",
        section: str = "",
    ) -> None:
        """
        Note a mistake of the kind *code* at *node*, or at that code point of its text.

        Args:
            section: where a name is missing; of a section that could not be read whole, that is no mistake.
        """
        if is_lost(node) or section in self.gaps.sections:
            return
        if isinstance(node, Scalar):
            # What is told of a text that holds ${...} counts from the text with its values put in.
            mark = expand(node, self.values)[0].at(offset) if offset else node.mark
        else:
            mark = node.at(offset) if isinstance(node, Expanded) else node.mark
        self.problems.append(Problem(mark.file, mark.line, mark.column, what, remedy, code))

    def expanded(self, node: Node) -> Expanded | None:
        if not isinstance(node, Scalar):
            kind = "a list" if isinstance(node, Sequence) else "keys"
            self.problem(
                node, f"a text is expected here, not {kind}", "write one value; in quotes if it begins with [ or {"
            )
            return None
        if is_lost(node):
            return None
        if "${" not in node.text:
            return Expanded(node.text, node)
        missing = [name for name in named(node.text) if name not in self.values and self._may_be_there(name)]
        values = {**self.values, **dict.fromkeys(missing, "")} if missing else self.values
        expanded, problems = expand(node, values, told=len(self.problems))
        self.problems.extend(problems)
        return None if problems or missing else expanded

    def _may_be_there(self, name: str) -> bool:
        return name in self.gaps.values or "values" in self.gaps.sections

    def meant(self, name: str, known: Iterable[str]) -> str:
        """
        A remedy for an unknown name, for the first mistakes of a load.
        """
        return did_you_mean(name, known, told=len(self.problems))

    def text(self, node: Node) -> str | None:
        """
        The text of a scalar, with values put in. Nothing at all is a mistake.
        """
        expanded = self.expanded(node)
        if expanded is None:
            return None
        if not expanded.text.strip():
            self.problem(node, "a text is expected here, but there is nothing", "write the value, or remove the key")
            return None
        return expanded.text

    def texts(self, node: Node) -> tuple[str, ...] | None:
        """
        A list of texts, at least one.
        """
        if not isinstance(node, Sequence):
            written = f"[{node.text}]" if isinstance(node, Scalar) and node.text else "[A, B]"
            self.problem(node, "a list is expected here", f"write {written}")
            return None
        return self._all(node)

    def text_or_texts(self, node: Node) -> tuple[str, ...] | None:
        if isinstance(node, Sequence):
            return self._all(node)
        text = self.text(node)
        return None if text is None else (text,)

    def _all(self, node: Sequence) -> tuple[str, ...] | None:
        if not node.items:
            self.problem(node, "the list is empty", "write at least one value")
            return None
        texts = [self.text(item) for item in node.items]
        return None if None in texts else tuple(text for text in texts if text is not None)

    def branches(self, node: Node) -> tuple[Node, ...]:
        """
        The entries of a list, or what stands there alone.
        """
        if isinstance(node, Sequence) and not node.items:
            self.problem(node, "the list is empty", "write at least one entry")
        return node.items if isinstance(node, Sequence) else (node,)

    def fields(self, node: Node, *, required: Several[str] = (), optional: Several[str] = ()) -> dict[str, Node] | None:
        """
        The keys of a mapping; unknown ones and missing ones are told.
        """
        if not isinstance(node, MarkedMapping):
            known = (*required, *optional)
            self.problem(node, f"keys are expected here: {', '.join(known)}", f"write {known[0]}: ...")
            return None
        fields = self.some_fields(node, required=required, optional=optional)
        return fields if all(name in fields for name in required) else None

    def some_fields(
        self, node: MarkedMapping, *, required: Several[str] = (), optional: Several[str] = ()
    ) -> dict[str, Node]:
        """
        As ``fields``, and goes on with the keys that are there when one is missing.
        """
        known = (*required, *optional)
        fields = {}
        meant = set()
        for key, value in node.pairs:
            if key.text in known:
                fields[key.text] = value
            else:
                meant.add(closest(key.text, known, told=len(self.problems)))
                self.problem(key, f"unknown key {key.text!r}", self.meant(key.text, known))
        for name in required if node.whole else ():
            if name not in fields and name not in meant:
                self.problem(node, f"the key {name!r} is missing", f"write {name}: ...")
        return fields

    def pairs(self, node: Node) -> tuple[tuple[Scalar, Node], ...]:
        """
        Names and what they stand for.
        """
        if isinstance(node, MarkedMapping):
            return node.pairs
        self.problem(node, "names and what they stand for are expected here", "write 'name: ...'")
        return ()

    def range(self, node: Node) -> Range | None:
        """
        ``1..255``, ``..255``, ``1..*``, ``1..`` or ``36``.
        """
        text = self.text(node)
        if text is None:
            return None
        found = _RANGE.fullmatch(text)
        if found is None or text == "..":
            self.problem(node, f"{text!r} is no range", "write 1..1, 0..1, 1..*, ..255 or one number")
            return None
        if found["exact"]:
            return Range(int(found["exact"]), int(found["exact"]))
        low = int(found["low"] or 0)
        high = None if found["high"] in (None, "*") else int(found["high"])
        if high is not None and high < low:
            self.problem(node, f"the range {text!r} holds no number", f"write {high}..{low}")
            return None
        return Range(low, high)

    def choice(self, node: Node, allowed: Iterable[str], what: str) -> str | None:
        """
        One of a few texts.
        """
        text = self.text(node)
        if text is not None and text not in tuple(allowed):
            self.problem(node, f"{text!r} is no {what}", self.meant(text, allowed))
            return None
        return text

    def flag(self, node: Node) -> bool:
        """
        ``true``; leaving the key out says the other.
        """
        text = self.text(node)
        if text not in (None, "true", "false"):
            self.problem(node, f"{text!r} is neither true nor false", "write true, or remove the key")
        return text == "true"
