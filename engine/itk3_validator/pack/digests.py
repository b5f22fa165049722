"""
SHA-256 as Python itself has it: that of OpenSSL, which `hashlib` prefers, takes 2 ms to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def _own() -> Any:
    for name in ("_sha2", "_sha256"):  # from Python 3.12 on, and before
        try:
            return import_module(name).sha256
        except ImportError:
            continue
    from hashlib import sha256

    return sha256


sha256: Any = _own()
