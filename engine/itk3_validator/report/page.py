"""
The frame of an HTML page that works offline: one file, no script, nothing fetched, and a policy that says so.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from itk3_validator.report.markup import element, markup


def page_opening(title: str) -> str:
    """
    The page up to its content.
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
    )
    opened = markup(head).removesuffix("</head>")
    return f'<!DOCTYPE html>\n<html lang="en-GB">\n{opened}\n<style>{style}</style>\n</head>\n<body>\n'


def page_closing() -> str:
    """
    The end of the page.
    """
    return "</body>\n</html>\n"


@cache
def _style() -> str:
    return files("itk3_validator.report").joinpath("page.css").read_text(encoding="utf-8")
