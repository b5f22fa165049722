"""
`itk3 batch` with small chunks and parts, so that a few hundred messages are many of both.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from itk3_validator.adapters import batch_command
from itk3_validator.adapters.cli import main
from itk3_validator.batch.work import make_work
from itk3_validator.inputs import files

batch_command.CHUNK = 10
batch_command.PART = 30


def make_dangerous(folder, judge, limits):
    """
    The work of a process to which some messages do something, by what their names say: `kill`, `hang`, `raise` and
    `read` (when they are read) always, `kill-once` the first time.
    """
    work = make_work(judge, limits)
    prepare = judge.validator._prepare
    from_file = files.from_file

    def read(item, limits):
        if "read" in Path(item.name).name:
            raise MemoryError("Jane Doe")
        return from_file(item, limits)

    def dangerous(look, source):
        name = source.name
        if "hang" in name:
            while True:
                time.sleep(1)
        if "kill-once" in name:
            (marker := Path(folder) / Path(name).name).exists() or (marker.touch(), end())
        elif "kill" in name:
            end()
        if "raise" in name:
            raise ValueError("Jane Doe")
        return look(source)

    judge.validator._prepare = lambda **said: partial(dangerous, prepare(**said))
    files.from_file = read
    return work


def make_hopeless(how, part):
    """
    The work of a process that does nothing but fail, in a part of its task.
    """

    def hopeless(task, begin):
        begin(part)
        end() if how == "kill" else int("none")

    return hopeless


def make_ending(*arguments):
    return make_hopeless("kill", -1)


def end():
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
