"""
Marked values put together or beside each other: what says the same, what stands in whose place.
"""

from __future__ import annotations

from itk3_validator.pack.draft import Entry
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence

MERGED_KEYS = ("requires", "clues")


def same(left: Node, right: Node) -> bool:
    """
    Whether two values say the same, wherever they stand.
    """
    match left, right:
        case Scalar(), Scalar():
            return left.text == right.text
        case Sequence(), Sequence():
            return len(left.items) == len(right.items) and all(map(same, left.items, right.items))
        case MarkedMapping(), MarkedMapping():
            others = dict(_texts(right))
            return len(left.pairs) == len(others) and all(
                name in others and same(value, others[name]) for name, value in _texts(left)
            )
    return False


def _texts(node: MarkedMapping) -> tuple[tuple[str, Node], ...]:
    return tuple((key.text, value) for key, value in node.pairs)


def replaced(old: Node, new: MarkedMapping) -> Node:
    """
    The keys of *old* with those of *new* in their place or added.
    """
    if not isinstance(old, MarkedMapping):
        return new
    names = {key.text for key, _ in new.pairs}
    return MarkedMapping((*(pair for pair in old.pairs if pair[0].text not in names), *new.pairs), old.mark)


def joined(old: Entry, new: Entry) -> Entry:
    """
    One interaction out of two of the same name: key by key, and within requires and clues place by place.
    """
    if not isinstance(old.value, MarkedMapping) or not isinstance(new.value, MarkedMapping):
        return new
    pairs = []
    for key, value in new.value.pairs:
        inherited = old.value.get(key.text)
        if key.text in MERGED_KEYS and isinstance(inherited, MarkedMapping) and isinstance(value, MarkedMapping):
            pairs.append((key, replaced(inherited, value)))
        else:
            pairs.append((key, value))
    return Entry(new.key, replaced(old.value, MarkedMapping(tuple(pairs), new.value.mark)), new.pack)
