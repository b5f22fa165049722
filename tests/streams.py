"""
A real `itk3 validate --stream` at the other end of two pipes, and frames for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode

from sample_messages import ROOT


class Stream:
    """
    A process that answers frames; `asked` sends one and waits for its answer.
    """

    def __init__(self, framing, *options):
        command = [sys.executable, "-W", "error", "-m", "itk3_validator", "validate", "--stream", framing]
        self.process = subprocess.Popen(
            [*command, *map(str, options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
        )

    def asked(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ended(self, rest=b""):
        """
        The last answers, standard error and the exit status, once the input has ended with *rest*.
        """
        out, err = self.process.communicate(rest)
        return [json.loads(line) for line in out.splitlines()], err.decode(), self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def by_length(message, request=None, **stated):
    """
    One frame with its length before it.
    """
    sizes = [len(message)] if request is None else [len(message), len(request)]
    header = " ".join([*map(str, sizes), *([json.dumps(stated)] if stated else [])])
    return header.encode() + b"\n" + message + (request or b"")


def by_line(message, request=None, *, text=False, **stated):
    """
    The same as a line, the message in base64 or as text.
    """
    given = {"message": message, "request": request}
    told = {
        key: value.decode() if text else b64encode(value).decode() for key, value in given.items() if value is not None
    }
    return json.dumps({**told, **stated}).encode() + b"\n"


FRAMES = {"length": by_length, "ndjson": by_line}


def told(answer):
    """
    What an answer says first: the name, the verdict and the reason.
    """
    return answer["source"], answer["verdict"], (answer["reason"] or {}).get("text")
