"""
`itk3 serve` with messages that end, hang or hold up the process that judges them.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import time
from pathlib import Path

from itk3_validator.adapters import serve_command
from itk3_validator.adapters.service.judging import make_judge

_DO = re.compile(rb"<\?do (\w+) ?([^?]*)\?>")


def make(validator, ways):
    """
    What works in a process: judges, after doing what the message says.
    """
    judge = make_judge(validator, ways)

    def work(task, begin):
        if found := _DO.search(task.body):
            DOINGS[found[1].decode()](found[2].decode())
        return judge(task, begin)

    return work


def crash(_):
    os.kill(os.getpid(), signal.SIGKILL)


def crash_once(file):
    path = Path(file)
    if not path.exists():
        path.touch()
        crash(file)


def hang(_):
    while True:
        time.sleep(1)


def wait(file):
    while not Path(file).exists():
        time.sleep(0.01)


def fail(text):
    raise ValueError(text)


DOINGS = {each.__name__: each for each in (crash, crash_once, hang, wait, fail)}


def doing(what, file=""):
    """
    A message that does this.
    """
    return f'<?do {what} {file}?><Bundle xmlns="http://hl7.org/fhir"/>'.encode()


if __name__ == "__main__":
    # By its own name, so that processes can import it.
    from service_tasks import make as made

    parser = argparse.ArgumentParser()
    serve_command.add_arguments(parser)
    sys.exit(serve_command.start(parser.parse_args(), made))
