"""
The version of the engine, and which kind of it is installed; ``pyproject.toml`` says the same version.
"""

__version__ = "0.1.0"


def compiled() -> bool:
    """
    Whether the part of the engine that may be compiled is there; it is not imported for that.
    """
    from importlib.util import find_spec

    return find_spec("itk3_validator.sight.scanner") is not None
