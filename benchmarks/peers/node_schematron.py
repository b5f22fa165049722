"""
node-schematron: the same Schematron in a node process. Its own clock counts, so that the pipe between does not; it is
the processor time of the process, with what its compiler and its collector take beside the thread that judges.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestant import Contestant
from benchmarks.rules_table import Row
from benchmarks.written import schematron_text

NODE = Path(__file__).resolve().parent.parent / "node"


def contestants(rows: Sequence[Row]) -> list[Contestant]:
    node = Node(schematron_text(rows))
    return [Contestant("node-schematron", lambda data: node.ask([data])["failed"][0], list, node.seconds, warming=2)]


class Node:
    """
    A node process that judges messages: a line of JSON goes in, a line comes out.
    """

    def __init__(self, schema: str) -> None:
        self.process = subprocess.Popen(
            ["node", "--stack-size=8000", "peer.mjs"],
            cwd=NODE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._say({"schema": schema})

    def ask(self, messages: Sequence[bytes]) -> dict[str, Any]:
        return self._say({"messages": [data.decode() for data in messages]})

    def seconds(self, messages: Sequence[bytes]) -> float:
        return float(self.ask(messages)["seconds"])

    def __del__(self) -> None:
        self.process.terminate()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _say(self, what: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"node ended with status {self.process.wait()}")
        return json.loads(answer)
