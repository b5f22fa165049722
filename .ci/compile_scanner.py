"""
Compiles the scanner, the part of the engine that may be in C, where Cython, a C compiler and Python's headers are.

The module goes beside its source, where an editable install and a checkout find it, or into FOLDER; --remove takes it
away. One that is newer than its source stays. Its path is told on standard output, what the compilers complain of on
standard error. Status 1: it cannot be compiled here; then none is there that an older source has made. CC, CFLAGS
and LDFLAGS work as usual, and CFLAGS have the last word.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "itk3_validator.sight.scanner"
SOURCE = Path("engine", *NAME.split(".")).with_suffix(".pyx")
# It, and what it includes.
PARTS = ("scanner.pyx", "scanner_*.pxi")

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "autotestdict": False,
    "warn.unused": True,
    "warn.unreachable": True,
}
# No -march: a wheel is made on one machine and runs on another.
OPTIONS = {"msvc": ["/O2"], "unix": ["-O2", "-g0"]}


def main(arguments: list[str]) -> int:
    """
    Does what the arguments of the command ask, and returns its exit status.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / SOURCE.parent)
    parser.add_argument("--remove", action="store_true")
    wish = parser.parse_args(arguments)
    module = module_in(wish.folder.absolute())
    os.chdir(ROOT)  # what is compiled tells its path in tracebacks: that of the project, not of this machine
    if wish.remove:
        module.unlink(missing_ok=True)
        return 0
    try:
        if not newer(module):
            compile_to(module)
    except Exception as error:  # noqa: BLE001  # no compiler, no headers, no Cython: each has its own
        module.unlink(missing_ok=True)
        print(f"{SOURCE}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(module)
    return 0


def module_in(folder: Path) -> Path:
    """
    Where this interpreter, and no other, would look for the compiled module.
    """
    return folder / f"{SOURCE.stem}{sysconfig.get_config_var('EXT_SUFFIX')}"


def newer(module: Path) -> bool:
    """
    Whether it is there, and was made from the source as it is now and in the way told here.
    """
    made_from = (*(each for part in PARTS for each in SOURCE.parent.glob(part)), Path(__file__))
    return module.exists() and module.stat().st_mtime_ns >= max(each.stat().st_mtime_ns for each in made_from)


def compile_to(module: Path) -> None:
    """
    Through a folder that goes again; the module appears whole, for a process may be importing it.
    """
    if sys.implementation.name != "cpython":
        raise NotImplementedError("only for CPython is it faster when compiled")
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    class Compile(build_ext):
        def build_extensions(self) -> None:
            for each in self.extensions:
                own = OPTIONS.get(self.compiler.compiler_type, [])
                each.extra_compile_args = [*own, *os.environ.get("CFLAGS", "").split()]
            super().build_extensions()

    with tempfile.TemporaryDirectory() as scratch:
        extension = Extension(NAME, [str(SOURCE)])
        made = cythonize([extension], build_dir=scratch, compiler_directives=DIRECTIVES, force=True, quiet=True)
        command = Compile(Distribution({"name": NAME, "ext_modules": made}))
        command.build_lib = command.build_temp = scratch
        command.ensure_finalized()
        command.run()
        module.parent.mkdir(parents=True, exist_ok=True)
        unfinished = module.with_name(f"{module.name}.{os.getpid()}")
        shutil.copyfile(command.get_ext_fullpath(NAME), unfinished)
        unfinished.replace(module)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
