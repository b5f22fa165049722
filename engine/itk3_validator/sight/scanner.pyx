"""
The part of the engine that may be compiled. Nothing needs it: whoever uses it does the same without it.
"""

cdef extern from *:
    const unsigned int CYTHON_HEX_VERSION


def build() -> str:
    """
    What it was compiled with, such as ``Cython 3.1.0``.
    """
    cdef unsigned int version = CYTHON_HEX_VERSION
    return f"Cython {version >> 24}.{version >> 16 & 255}.{version >> 8 & 255}"
