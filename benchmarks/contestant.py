"""
What is measured: the engine, and what a user would otherwise pick, behind one face.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


@dataclass(frozen=True, slots=True)
class Contestant:
    """
    One way of judging messages.

    Attributes:
        name: what tables and pictures call it.

        run: from the bytes of one message to its own kind of answer; this is what is timed.

        failed: the ids of the rules that failed, read from that answer; None for one that judges no rules.

        spent: seconds for some messages, where the clock has to run elsewhere; else `run` is timed here.

        warming: seconds that it judges before it is timed; what the first calls cost is measured apart.
    """

    name: str
    run: Callable[[bytes], Any]
    failed: Callable[[Any], Collection[str]] | None = None
    spent: Callable[[Sequence[bytes]], float] | None = None
    warming: float = 0.3

    def verdict(self, data: bytes) -> frozenset[str]:
        assert self.failed is not None, self.name
        return frozenset(self.failed(self.run(data)))

    def seconds(self, messages: Sequence[bytes]) -> float:
        """
        How long it takes for all of these, in seconds; what an answer holds is freed before the next message.

        Processor time of this thread: on a machine that others use too, the clock on the wall tells about them.
        """
        if self.spent is not None:
            return self.spent(messages)
        run, clock = self.run, time.thread_time
        start = clock()
        for data in messages:
            run(data)
        return clock() - start


def parse(data: bytes) -> etree._Element:
    """
    The floor: what lxml needs to parse the same bytes with safe settings, and to free the tree.
    """
    return etree.fromstring(data, PARSER)


FLOOR = Contestant("lxml parse", parse)
