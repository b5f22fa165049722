"""
What is installed only where it is asked for.
"""

from __future__ import annotations

from importlib.util import find_spec

from itk3_validator import CallInvalid


def need(extra: str, *modules: str) -> None:
    """
    Raises:
        CallInvalid: One of the modules that an extra brings is not installed.
    """
    missing = [each for each in modules if find_spec(each) is None]
    if missing:
        raise CallInvalid(f'this needs {" and ".join(missing)}; pip install "itk3-validator[{extra}]"')
