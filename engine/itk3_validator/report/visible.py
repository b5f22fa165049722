"""
Text from messages, names and packs, made fit to stand in a line of a terminal.
"""

from __future__ import annotations

_LONGEST = 500
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, *, longest: int = _LONGEST) -> str:
    r"""
    *text* without anything that could steer a terminal or hide: `\x1b` for ESC, `\u202e` for a turn of direction.

    What is longer than *longest* characters is cut, and its length is told.
    """
    if len(text) > longest:
        return f"{_escaped(text[:longest])}… ({len(text):,} characters)"
    return _escaped(text)


def harmless(line: str) -> str:
    """
    A line that begins no command of a build server: these begin with `::` or `##[`, as a folder's name may.
    """
    start = line.lstrip()[:1] if line.lstrip().startswith(("::", "##[")) else ""
    return line.replace(start, f"\\x{ord(start):02x}", 1) if start else line


def hashed(name: str) -> str:
    """
    What stands for the name of a message, where names may hold patient data.
    """
    from hashlib import sha256  # slow to import, and seldom asked for

    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # JSON may name half a character
        data = name.encode("utf-8", "surrogatepass")
    return f"sha256:{sha256(data).hexdigest()[:32]}"


def source_line(text: str, caret: int | None) -> tuple[str, str | None]:
    """
    A source line and the line that holds its caret: tabs become blanks, and wide characters take two columns.
    """
    shown = [" " if each == "\t" else _escaped(each) for each in text]
    if caret is None:
        return "".join(shown), None
    before = "".join(shown[:caret])
    return "".join(shown), " " * sum(_width(each) for each in before) + "^"


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width(character: str) -> int:
    if character.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
