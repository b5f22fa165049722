"""
Puts the bundled packs into the wheel as they are when read and checked, so that the command starts fast.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CheckedPacks(BuildHookInterface):  # type: ignore[type-arg]
    """
    Runs the engine of this source on the rules of this source.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        command = [sys.executable, "-m", "itk3_validator.tools.checked_packs", str(self._folder)]
        shutil.rmtree(self._folder, ignore_errors=True)
        # Behind it stays what pip puts there: by that an isolated build finds the packages that it asked for.
        path = os.pathsep.join(filter(None, (str(Path(self.root, "engine")), os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(command, env=environment, check=True)  # noqa: S603  # this project's own module
        build_data["force_include"][str(self._folder)] = "itk3_validator/checked"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return Path(self.root, "build", "checked")
