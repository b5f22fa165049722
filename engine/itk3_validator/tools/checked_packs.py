"""
Writes the bundled packs as they go into a wheel, checked: `python -m itk3_validator.tools.checked_packs FOLDER`.

The hook that builds the wheel calls it, so they are as fresh as the wheel.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from itk3_validator.pack.load import write_checked
from itk3_validator.version import __version__

PACKAGE = Path(__file__).parent.parent


def main(folder: Path) -> None:
    """
    Write them, and the version and digest of this source.
    """
    folder.mkdir(parents=True)
    digest = hashlib.sha256()
    for file in sorted(PACKAGE.rglob("*.py")):
        digest.update(f"{file.relative_to(PACKAGE).as_posix()}\0".encode() + file.read_bytes())
    write_checked(folder, f"{__version__} {digest.hexdigest()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
