"""
The HTML pages in a real browser: nothing fetched or refused, no pixel too wide, the keyboard reaches everything, and
axe-core has nothing to complain of. Part of `make test-all` only.

`PICTURES=DIR` keeps what the browser shows, for people to look at.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from itk3_validator import Source, Validator
from test_html import EVERYTHING, NOTE, hostile, render

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "samples"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

pytestmark = pytest.mark.browser

LOOKS = [
    pytest.param({"width": 390, "scheme": "light"}, id="phone-light"),
    pytest.param({"width": 390, "scheme": "dark"}, id="phone-dark"),
    pytest.param({"width": 1280, "scheme": "light"}, id="desktop-light"),
    pytest.param({"width": 1280, "scheme": "dark"}, id="desktop-dark"),
]


def samples() -> str:
    validator = Validator()
    names = ["invalid/GPCM-SD-OC-143.xml", "valid/gpcm-sd-oc-primary.xml", "invalid/FHIR-PAY-01.xml"]
    sources = [Source(f"samples/{name}", (SAMPLES / name).read_bytes()) for name in names]
    sources += [Source("cut.xml", b"<a>"), Source("feed.xml", b"<feed/>")]
    return render([validator.validate(each) for each in sources])


PAGES = {
    "run-samples": samples,
    "run-everything": lambda: render([EVERYTHING] * 2, waivers=[NOTE]),
    "run-hostile": hostile,
}


@cache
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, f"none of {', '.join(BROWSERS)} is installed"
    return found


@pytest.fixture(scope="module")
def look(tmp_path_factory):
    """
    Show a page as somebody would see it, once, and tell what they would meet.
    """
    folder = tmp_path_factory.mktemp("pages")
    pictures = os.environ.get("PICTURES")

    @cache
    def looked(name: str, wanted: str) -> dict:
        file = folder / f"{name}.html"
        if not file.exists():
            file.write_text(PAGES[name](), encoding="utf-8")
        options = json.loads(wanted)
        if pictures:
            shown = "-".join(str(each) for each in options.values())
            options["picture"] = str(Path(pictures).resolve() / f"{name}-{shown}.png")
        command = ["node", str(HERE / "look.mjs"), browser(), str(file), json.dumps(options)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return lambda name, **options: looked(name, json.dumps(options))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("options", LOOKS)
def test_a_page_is_sound(look, name, options):
    """
    At each width and in each scheme: nothing fetched, refused or said, nothing too wide, and axe is content.
    """
    told = look(name, **options)

    assert {each: told[each] for each in ("asked", "refused", "said", "wide", "broken")} == {
        "asked": [],
        "refused": [],
        "said": [],
        "wide": 0,
        "broken": [],
    }


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_keyboard_reaches_everything_in_order(look, name, width):
    """
    The tab key goes from top to bottom, each stop is seen by its ring, and Enter folds and unfolds.
    """
    told = look(name, width=width, scheme="light")
    tops = [each["top"] for each in told["stops"]]

    assert tops == sorted(tops)
    assert [each for each in told["stops"] if each["ring"] < 2] == []
    assert (len(tops) > 3, told["opened"]) == (True, True)


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_nothing_is_folded(look, name):
    """
    Who prints the page gets what passed as well.
    """
    assert look(name, width=1280, scheme="light")["hidden"] > 0
    assert look(name, width=1280, scheme="light", media="print")["hidden"] == 0
