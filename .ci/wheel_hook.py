"""
What a wheel holds beside the sources: the bundled packs as they are when read and checked, so that the command starts
fast, and the scanner compiled, where that can be done. An editable install gets the scanner beside its source.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SCANNER = ".ci/compile_scanner.py"
# What the variable ITK3_BUILD may say; without it the scanner is compiled where that can be done.
PURE, COMPILED = "pure", "compiled"


class WheelHook(BuildHookInterface):  # type: ignore[type-arg]
    """
    Runs the engine of this source on the rules of this source, and the compilers on its scanner.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if version == "editable":
            self._scanner()
            return
        build_data["force_include"][str(self._checked_packs())] = "itk3_validator/checked"
        if module := self._scanner(self._folder / "scanner"):
            build_data["force_include"][str(module)] = f"itk3_validator/sight/{module.name}"
            build_data["pure_python"] = False
            build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        shutil.rmtree(self._folder, ignore_errors=True)

    def _checked_packs(self) -> Path:
        packs = self._folder / "checked"
        engine = str(Path(self.root, "engine"))
        done = self._run("-m", "itk3_validator.tools.checked_packs", str(packs), path=engine)
        if done.returncode:
            raise ChildProcessError(f"the bundled packs could not be checked:\n{done.stderr}")
        return packs

    def _scanner(self, *folder: Path) -> Path | None:
        """
        The compiled module; None, and a word about it, where there is none.
        """
        wish = os.environ.get("ITK3_BUILD", "")
        if wish not in {"", PURE, COMPILED}:
            raise ValueError(f"ITK3_BUILD is {wish!r}; it may be {PURE!r} or {COMPILED!r}")
        if wish == PURE:
            self._run(SCANNER, "--remove", *map(str, folder))
            return None
        done = self._run(SCANNER, *map(str, folder))
        if done.returncode == 0:
            return Path(done.stdout.splitlines()[-1])
        if wish == COMPILED:
            raise ChildProcessError(f"ITK3_BUILD=compiled, but the scanner could not be compiled:\n{done.stderr}")
        self.app.display_warning(
            f"The scanner could not be compiled; all works without it, slower. ITK3_BUILD={COMPILED} tells why."
        )
        return None

    def _run(self, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
        # Behind it stays what pip puts there: by that an isolated build finds the packages that it asked for.
        path = os.pathsep.join(filter(None, (path, os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, *arguments]
        return subprocess.run(  # noqa: S603  # this project's own modules
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    @property
    def _folder(self) -> Path:
        return Path(self.root, "build", "wheel")
