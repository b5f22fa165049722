"""
Loading packs: from where, what their digest covers, that they are plain data, and whose word `safe` is taken.
"""

from __future__ import annotations

import os
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import itk3_validator
from itk3_validator import RulePack, Validator, load_pack, load_packs
from itk3_validator.pack.read import read_pack
from itk3_validator.plan import compile_pack
from pack_folders import write

REPOSITORY = Path(__file__).parent.parent
BUNDLED = ("gpcm-sd-oc", "itk3-acknowledgement", "itk3-message", "itk3-outpatient-letter")
RULES = "selectors: {top: /f:Bundle}\nrules:\n  - {id: R-1, text: It is there., check: {top: present}}\n"

# Where


def test_the_bundled_packs_load(tmp_path, monkeypatch):
    """
    All bundled packs load from whatever folder one stands in, each by its name, sorted.
    """
    monkeypatch.chdir(tmp_path)
    packs = load_packs()

    assert tuple(pack.name for pack in packs) == BUNDLED
    assert load_packs(BUNDLED) == packs


def test_a_bundled_pack_by_its_folder_is_the_same():
    """
    The name of a bundled pack and its folder load the same thing.
    """
    assert load_pack(REPOSITORY / "rules" / "itk3-message") == load_pack("itk3-message")


@pytest.mark.parametrize(
    ("stand", "path"),
    [
        (".", "packs/new"),
        ("packs/new", "."),
        ("packs/new", Path()),
        ("packs/new/codes", ".."),
        ("packs/new/codes", "../../new/"),
        ("packs", "./new"),
    ],
    ids=str,
)
def test_a_folder_by_any_path(tmp_path, monkeypatch, stand, path):
    """
    A pack is its folder, however its path is written; what it extends is found beside it.
    """
    write(tmp_path / "packs", "base", RULES)
    write(tmp_path / "packs", "new", "extends: [base@1]\n", {"codes/x.csv": "code\nA\n"})
    monkeypatch.chdir(tmp_path / stand)

    pack = load_pack(path)

    assert (pack.name, pack.lineage, [rule.id for rule in pack.rules]) == ("new", ("base",), ["R-1"])


def test_packs_that_share_a_base(tmp_path):
    """
    Packs beside each other are loaded in one go, in the order asked for; what both extend is read once.
    """
    write(tmp_path, "base", RULES)
    one, two = (write(tmp_path, name, "extends: [base@1.0]\n") for name in ("one", "two"))

    packs = load_packs([two, one, str(tmp_path / "base"), "itk3-message"])

    assert [pack.name for pack in packs] == ["two", "one", "base", "itk3-message"]
    assert packs[0].rules == packs[1].rules == packs[2].rules


def test_the_files_of_a_pack(tmp_path):
    """
    Every rule file directly in the folder counts; hidden ones, other files and folders do not.
    """
    files = {
        "a.yaml": RULES,
        "b.yml": "values: {v: x}\n",
        ".hidden.yaml": "broken: [",
        "notes.txt": "broken: [",
        "inner/c.yaml": "broken: [",
    }
    pack = load_pack(write(tmp_path, "p", "", files))

    assert [rule.id for rule in pack.rules] == ["R-1"]


def test_the_head(tmp_path):
    """
    What a pack says of itself is kept as written.
    """
    pack = load_pack(write(tmp_path, "p", "namespaces: {n: 'urn:x'}\n" + RULES))

    assert (pack.name, pack.version, pack.title, pack.source) == ("p", "1.0.0", "Example", {"document": "Example"})
    assert pack.namespaces == {"f": "http://hl7.org/fhir", "h": "http://www.w3.org/1999/xhtml", "n": "urn:x"}


def test_everything_is_text(tmp_path):
    """
    What YAML takes for booleans, numbers, dates and nothing is the text that stands there.
    """
    texts = ["true", "007", "2018-07-12", "~", "NO", "1e3", "0x1F", "null"]
    rules = "".join(f"  - {{id: R-{n}, text: It is., check: {{top: {{equals: {t}}}}}}}\n" for n, t in enumerate(texts))
    pack = load_pack(write(tmp_path, "p", "selectors: {top: /f:Bundle}\nrules:\n" + rules))

    assert [rule.check[0].options for rule in pack.rules] == texts


def test_a_pack_in_a_zip(tmp_path):
    """
    The package runs from inside a zip, rules and all.
    """
    archive = tmp_path / "itk3.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for top, prefix in ((REPOSITORY / "engine" / "itk3_validator", ""), (REPOSITORY / "rules", "itk3_validator")):
            for path in sorted(top.rglob("*")):
                if "__pycache__" not in path.parts:
                    zipped.write(path, Path(prefix, path.relative_to(top.parent)))
    program = (
        "import itk3_validator; v = itk3_validator.Validator(); print(itk3_validator.__file__);"
        "print([p.name for p in v.packs], sum(len(p.rules) for p in v.packs), [p.digest for p in v.packs]);"
        "print(sum(s.safe for p in v.packs for s in p.selectors.values()))"
    )
    environment = {**os.environ, "PYTHONPATH": str(archive), "PYTHONDONTWRITEBYTECODE": "1"}

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    here = load_packs()
    expected = (list(BUNDLED), sum(len(pack.rules) for pack in here), [pack.digest for pack in here])
    assert done.stdout.splitlines() == [
        str(archive / "itk3_validator" / "__init__.py"),
        " ".join(map(str, expected)),
        str(sum(each.safe for pack in here for each in pack.selectors.values())),
    ], done.stderr


# Plain data


@pytest.mark.parametrize("name", BUNDLED)
def test_a_pack_pickles(name):
    """
    A pack that went through pickle equals itself, and compiles.
    """
    pack = load_pack(name)

    again = pickle.loads(pickle.dumps(pack))

    assert again == pack
    assert len(compile_pack(again).rules) == len(compile_pack(pack).rules)


def test_loading_twice_gives_the_same():
    """
    Two loads of the same files are equal, byte for byte when pickled.
    """
    assert pickle.dumps(load_packs()) == pickle.dumps(load_packs())


def test_read_pack_keeps_what_it_could_read(tmp_path):
    """
    Tools for rule files get the marked values of a pack with mistakes, and the mistakes.
    """
    folder = write(tmp_path, "p", RULES + "  - {id: R-2, text: It is., check: {tip: present}}\n")

    loaded = read_pack(folder)

    assert (loaded.pack, loaded.folder, len(loaded.problems)) == (None, folder, 1)
    assert loaded.merged is not None
    assert list(loaded.merged.rules) == ["R-1", "R-2"]
    assert read_pack("itk3-message").pack == load_pack("itk3-message")


# The digest


@pytest.fixture
def packs(tmp_path):
    """
    A pack with two rule files and a CSV, named by a value, and the base that it extends, with one of its own.
    """
    lists = "code-lists: {sizes: {file: codes/sizes.csv}}\n"
    write(tmp_path, "base", RULES + lists, {"codes/sizes.csv": "code\nS\n", "codes/unused.csv": "code\nX\n"})
    content = "extends: [base@1]\nvalues: {FILE: mine}\ncode-lists: {mine: {file: 'codes/${FILE}.csv'}}\n"
    write(tmp_path, "new", content, {"codes/mine.csv": "code\nM\n", "more.yaml": "values: {v: x}\n"})
    return tmp_path


@pytest.mark.parametrize(
    "file",
    ["new/pack.yaml", "new/more.yaml", "new/codes/mine.csv", "base/pack.yaml", "base/codes/sizes.csv"],
)
def test_the_digest_changes_with_every_file(packs, file):
    """
    One more character in any file that the pack is made of gives it another digest.
    """
    before = load_pack(packs / "new").digest
    with (packs / file).open("a", encoding="utf-8") as stream:
        stream.write("# x\n" if file.endswith("yaml") else "Z\n")

    assert load_pack(packs / "new").digest != before


def test_the_digest_covers_a_list_that_a_change_names(packs):
    """
    A CSV that only `change` names is part of the pack as well.
    """
    (packs / "new" / "more.yaml").write_text("change: {code-lists: {sizes: {file: other.csv}}}\n", encoding="utf-8")
    (packs / "new" / "other.csv").write_text("code\nL\n", encoding="utf-8")
    before = load_pack(packs / "new").digest
    (packs / "new" / "other.csv").write_text("code\nXL\n", encoding="utf-8")

    assert load_pack(packs / "new").digest != before


def test_the_digest_is_of_the_content_alone(packs, tmp_path_factory):
    """
    Where a pack stands, and files that no pack names, do not count.
    """
    before = load_pack(packs / "new").digest
    (packs / "base" / "codes" / "unused.csv").write_text("code\nY\n", encoding="utf-8")
    (packs / "new" / "notes.txt").write_text("notes\n", encoding="utf-8")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "packs"
    shutil.copytree(packs, elsewhere)

    assert {load_pack(packs / "new").digest, load_pack(elsewhere / "new").digest} == {before}
    assert len(before) == 64


# Whose word `safe` is taken

PAYLOAD = "/f:Bundle/f:entry/f:resource/f:Patient/f:name"


def safe(pack: RulePack) -> set[str]:
    return {name for name, each in pack.selectors.items() if each.safe}


@pytest.fixture
def own(tmp_path):
    """
    Loads a pack that is not bundled and extends itk3-message.
    """

    def load(content: str, *, trust: bool = False) -> RulePack:
        return load_pack(write(tmp_path, "own", "extends: [itk3-message@1]\n" + content), trust=trust)

    return load


def test_a_pack_that_is_not_bundled_declares_nothing_safe(own):
    """
    `safe: true` of a pack that is not bundled counts with trust only.
    """
    content = f"selectors:\n  name: {{xpath: {PAYLOAD}, safe: true}}\n  family: $name/f:family\n"

    assert safe(own(content)) == safe(load_pack("itk3-message"))
    assert safe(own(content, trust=True)) == safe(load_pack("itk3-message")) | {"name"}


SAME = {
    "the place itself": "$Severity",
    "written in another way": "$issue/f:severity",
    "white space and parentheses": "( $issue ) / child::f:severity/.",
    "its attribute": "$issue/f:severity/@value",
    "with a predicate": "$header/f:event[f:system/@value='x']/f:code[@value]",
    "some of all": "($outcome)[1]/f:issue[2]/f:severity",
    "quotes": '$header/f:extension[@url="${SD}Extension-ITK-MessageHandling-2"]'
    "/f:extension[@url='BusAckRequested']/f:valueBoolean",
}
BELOW = {
    "text of an issue": "$issue/f:diagnostics",
    "details of an issue": "$issue/f:details/f:text",
    "narrative of the header": "$header/f:text/h:div",
    "contained in the header": "$header/f:contained/f:Patient/f:birthDate",
    "what a header holds": "$header/f:extension",
    "below a value": "$Severity/f:extension/f:valueString",
    "another attribute": "$Severity/@id",
    "display of a reference": "$sender/f:display",
    "text of a concept": "$reason/f:text",
    "one of another list": "($header/f:extension[@url='BusAckRequested'])[1]/f:valueBoolean",
    "two places": "$Severity | $issue/f:diagnostics",
    "a step of any depth below": "$issue//f:severity",
    "another first": "(/f:Bundle/f:entry[2]/f:resource/f:MessageHeader)[1]/f:id",
}
AWAY = {
    "the parent": "$header/../../f:resource/f:Patient",
    "the parent in the middle": "$header/f:event/../../f:Patient",
    "an axis": "$header/following::f:Patient",
    "an axis upwards": "$header/ancestor::f:Bundle",
    "another path as well": f"$header | {PAYLOAD}",
    "a path of its own": PAYLOAD,
    "another selector": "$payloads/f:entry",
    "a step of any depth": "$header//f:name",
}


@pytest.mark.parametrize("path", SAME.values(), ids=SAME)
def test_a_safe_place_by_another_path_is_safe(own, path):
    """
    What a bundled pack declares safe is safe for every pack, however the pack writes the path to it.
    """
    assert own(f"selectors:\n  mine:\n    xpath: >-\n      {path}\n").selectors["mine"].safe


@pytest.mark.parametrize("path", BELOW.values(), ids=BELOW)
def test_below_a_safe_place_is_not(own, path):
    """
    `safe` speaks of one value: what lies below it, or beside it, may be free text.
    """
    content = f'selectors:\n  mine: {{xpath: "{path}", safe: true, expensive: no matter}}\n'

    assert not own(content).selectors["mine"].safe


@pytest.mark.parametrize("path", AWAY.values(), ids=AWAY)
def test_a_way_out_of_a_safe_place_is_not(own, path):
    """
    A path that leaves the safe place that it begins at is not safe, whatever the pack says.
    """
    content = f'selectors:\n  mine: {{xpath: "{path}", safe: true, expensive: no matter}}\n'

    assert not own(content).selectors["mine"].safe


def test_what_a_safe_reference_points_to_is_not_safe(own):
    """
    A reference in the header may point to a patient.
    """
    pack = own("selectors:\n  about: {follow: $header/f:focus, safe: true}\n  name: $about/f:name\n")

    assert not safe(pack) & {"about", "name"}


def test_moving_a_safe_selector_makes_it_unsafe(own):
    """
    A pack that moves `header` into the payload gets nothing that stands on `header` shown.
    """
    before = safe(own(""))
    pack = own(f'change: {{selectors: {{header: {{xpath: "({PAYLOAD})[1]", safe: true}}}}}}\n')

    standing = {name for name in before if not _stands_on(pack, name, "header")}
    assert (safe(pack), "BusAckRequested" in before, bool(standing)) == (standing, True, True)


def _stands_on(pack: RulePack, name: str, other: str) -> bool:
    used = {each for each in pack.selectors if re.search(rf"\${each}(?![\w-])", pack.selectors[name].expression)}
    return name == other or any(_stands_on(pack, each, other) for each in used)


@pytest.fixture
def core(tmp_path, monkeypatch):
    """
    A small pack that counts as bundled, with values in its safe selectors; loads a pack that extends it.
    """
    home = tmp_path / "rules"
    selectors = """
    values: {HOST: https://example.org/, URL: "${HOST}x", KIND: MessageHeader, OWN: "it's"}
    selectors:
      quoted: {xpath: "/f:Bundle/f:extension[@url='${URL}']", safe: true}
      same: /f:Bundle/f:extension[@url='${URL}']
      unquoted: {xpath: "/f:Bundle/f:entry/f:resource/f:${KIND}", safe: true}
      own: {xpath: '/f:Bundle[@id="${OWN}"]', safe: true}
    """
    write(home, "core", selectors)
    monkeypatch.setattr("itk3_validator.pack.files.bundled", lambda: home)
    monkeypatch.setattr("itk3_validator.pack.read.bundled", lambda: home)
    monkeypatch.setattr("itk3_validator.pack.read.bundled_names", lambda: ("core",))

    def load(content: str, *, trust: bool = False) -> RulePack:
        return load_pack(write(tmp_path, "moved", "extends: [core@1]\n" + content), trust=trust)

    return load


MOVED = {
    "nothing": ("", {"quoted", "same", "unquoted", "own"}),
    "another URL": ("URL: urn:oid:1.2.3#x%20y", {"quoted", "same", "unquoted", "own"}),
    "a URL inside a URL": ("HOST: https://example.com/", {"quoted", "same", "unquoted", "own"}),
    "out of the quotes": ("URL: \"'] | /f:Bundle/f:entry[f:x='\"", {"unquoted", "own"}),
    "out of the quotes by a value inside": ("HOST: \"'] | /f:Bundle/f:entry[f:x='\"", {"unquoted", "own"}),
    "a step outside of quotes": ("KIND: Patient", {"quoted", "same", "own"}),
    "steps outside of quotes": ("KIND: Bundle/f:entry/f:resource/f:Patient", {"quoted", "same", "own"}),
}


@pytest.mark.parametrize(("change", "kept"), MOVED.values(), ids=MOVED)
def test_changing_a_value_in_a_safe_selector(core, change, kept):
    """
    A value inside quotes may be another URL. What can end the quotes, or stands outside of them, leads elsewhere.
    """
    content = f"change: {{values: {{{change}}}}}\n" if change else ""

    assert safe(core(content)) == kept
    assert safe(core(content, trust=True)) == {"quoted", "same", "unquoted", "own"}


def test_a_pack_beside_is_not_believed_for_its_name(tmp_path):
    """
    A pack beside that is called like a bundled one is not bundled, in whatever order packs are asked for.
    """
    content = f"selectors:\n  event: {{xpath: {PAYLOAD}, safe: true}}\n"
    write(tmp_path, "itk3-message", content)
    one, two = (write(tmp_path, name, "extends: [itk3-message@1]\n") for name in ("one", "two"))

    packs = load_packs([one, "gpcm-sd-oc", two])

    assert [pack.selectors["event"].safe for pack in packs] == [False, True, False]


def test_trust_is_the_callers(tmp_path):
    """
    A validator believes packs that are not bundled only when it is told to.
    """
    folder = write(tmp_path, "own", f"selectors:\n  name: {{xpath: {PAYLOAD}, safe: true}}\n")

    shown = [Validator([folder], trust_packs=trust).packs[0].selectors["name"].safe for trust in (False, True)]

    assert (shown, itk3_validator.__name__) == ([False, True], "itk3_validator")
