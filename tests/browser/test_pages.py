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
from tempfile import TemporaryDirectory

import pytest

from batch_runs import ARCHIVE, SMALL, views, write_run, year
from batch_runs import hostile as hostile_run
from itk3_validator import Source, Validator
from itk3_validator.batch.report.collect import collect
from itk3_validator.batch.report.html import render as render_batch
from test_html import EVERYTHING, NOTE, hostile, render

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "samples"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

pytestmark = pytest.mark.browser

WAYS = {
    "phone-light": {"width": 390, "scheme": "light"},
    "phone-dark": {"width": 390, "scheme": "dark"},
    "desktop-light": {"width": 1280, "scheme": "light"},
    "desktop-dark": {"width": 1280, "scheme": "dark"},
    "paper": {"width": 1280, "scheme": "light", "media": "print"},
}


def samples() -> str:
    validator = Validator()
    names = ["invalid/GPCM-SD-OC-143.xml", "valid/gpcm-sd-oc-primary.xml", "invalid/FHIR-PAY-01.xml"]
    sources = [Source(f"samples/{name}", (SAMPLES / name).read_bytes()) for name in names]
    sources += [Source("cut.xml", b"<a>"), Source("feed.xml", b"<feed/>")]
    return render([validator.validate(each) for each in sources])


def batch(tables) -> str:
    with TemporaryDirectory() as folder, views(write_run(Path(folder) / "run", **tables)) as connection:
        return render_batch(collect(connection), name="year-2025", tool_version="0.1.0")


PAGES = {
    "run-samples": samples,
    "run-everything": lambda: render([EVERYTHING] * 2, waivers=[NOTE]),
    "run-hostile": hostile,
    "batch-small": lambda: batch({**SMALL, **ARCHIVE}),
    "batch-hostile": lambda: batch(hostile_run({**SMALL, **ARCHIVE})),
    "batch-year": lambda: render_batch(collect(year(50_000)), name="year-2025", tool_version="0.1.0"),
}


@cache
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, f"none of {', '.join(BROWSERS)} is installed"
    return found


@pytest.fixture(scope="module")
def look(tmp_path_factory):
    """
    What somebody would meet who looks at a page in one of the ways.
    """
    folder = tmp_path_factory.mktemp("pages")
    pictures = os.environ.get("PICTURES")

    @cache
    def looked(name: str) -> dict[str, dict]:
        file = folder / f"{name}.html"
        file.write_text(PAGES[name](), encoding="utf-8")
        ways = [{**way, "picture": f"{pictures}/{name}-{key}.png" if pictures else None} for key, way in WAYS.items()]
        command = ["node", str(HERE / "look.mjs"), browser(), str(file), json.dumps(ways)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stderr
        return dict(zip(WAYS, json.loads(done.stdout), strict=True))

    return lambda name, way: looked(name)[way]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("way", ["phone-light", "phone-dark", "desktop-light", "desktop-dark"])
def test_a_page_is_sound(look, name, way):
    """
    At each width and in each scheme: nothing fetched, refused or said, nothing too wide, and axe is content.
    """
    told = look(name, way)

    assert {each: told[each] for each in ("asked", "refused", "said", "wide", "broken")} == {
        "asked": [],
        "refused": [],
        "said": [],
        "wide": 0,
        "broken": [],
    }


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("way", ["phone-light", "desktop-light"])
def test_the_keyboard_reaches_everything_in_order(look, name, way):
    """
    The tab key goes from top to bottom, each stop is seen by its ring, Enter folds and unfolds, and links lead there.
    """
    told = look(name, way)
    tops = [each["top"] for each in told["stops"]]

    assert tops == sorted(tops)
    assert [each for each in told["stops"] if each["ring"] < 2] == []
    assert (len(tops) > 3, told["opened"], told["led"]) == (True, True, True)


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_nothing_is_folded(look, name):
    """
    Who prints the page gets what is folded as well.
    """
    assert (look(name, "desktop-light")["hidden"] > 0, look(name, "paper")["hidden"]) == (True, 0)
