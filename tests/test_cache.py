"""
Checked packs that are kept: used while nothing of theirs has changed, and never trusted further than their files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import pytest

from itk3_validator import PackInvalid, PackNotFound, Validator, load_packs
from itk3_validator.adapters.cli import main
from itk3_validator.pack import cache as kept
from itk3_validator.pack import files
from itk3_validator.pack import read as reading
from pack_folders import write

BASE = """
selectors: {title: {xpath: /f:Bundle/f:title, safe: true}}
code-lists: {colours: {file: colours.csv}}
interactions: {letter: {}}
rules: [{id: A, text: A., check: {title: {in: colours}}}]
tests: [{message: valid/x.xml, expect: pass}]
"""
COLOURS = {"colours.csv": "code,display\nred,Red\n"}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """
    A cache folder of this test alone.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "itk3-validator"


@pytest.fixture
def packs(tmp_path):
    """
    The pack `new`, which extends the pack `base` beside it.
    """
    write(tmp_path / "packs", "base", BASE, COLOURS)
    return write(tmp_path / "packs", "new", "extends: [base@1]\nrules: [{id: N, text: N., check: {title: present}}]\n")


@pytest.fixture
def reads(monkeypatch):
    """
    The rule files that were read as YAML since the last `clear()`.
    """
    seen = []
    read_yaml = reading.read_yaml

    def watched(name, data, **options):
        seen.append(Path(name).name)
        return read_yaml(name, data, **options)

    monkeypatch.setattr(reading, "read_yaml", watched)
    return seen


def load(*names, trust=False):
    return load_packs(names, trust=trust, cache=True)


def test_a_second_load_reads_no_yaml(packs, reads, home):
    """
    It gives an equal pack, with the places of its tests where the files are.
    """
    first = load(packs)
    count = len(reads)
    second = load(packs)

    assert (count, len(reads)) == (2, 2)
    assert second == first == load_packs([packs])
    assert [path.stat().st_mode & 0o777 for path in (home, *home.iterdir())] == [0o700, 0o600]


def test_a_test_names_the_file_as_the_folder_was_written(packs, monkeypatch):
    """
    A pack that was kept under one path tells the places of its tests under another.
    """
    base = packs.parent / "base"
    load(base)
    monkeypatch.chdir(packs.parent)

    (pack,) = load("./base")

    assert [each.file for each in pack.tests] == ["base/pack.yaml"]


def test_without_cache_nothing_is_kept_or_used(packs, reads, home):
    """
    Unless it is asked for.
    """
    load_packs([packs])
    Validator([packs])
    assert not home.exists()

    load(packs)
    reads.clear()
    load_packs([packs])

    assert len(reads) == 2


def rewrite(path, old, new):
    """
    Change a file and leave its size and time as they were.
    """
    about = path.stat()
    text = path.read_text(encoding="utf-8")
    assert old in text
    assert len(old) == len(new)
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


CHANGES = {
    "a rule": lambda at: rewrite(at / "new/pack.yaml", "text: N.", "text: M."),
    "a rule of the base": lambda at: rewrite(at / "base/pack.yaml", "text: A.", "text: B."),
    "a code list": lambda at: rewrite(at / "base/colours.csv", "red,", "tan,"),
    "a file more": lambda at: (at / "new/more.yaml").write_text("facts: {recipient: {}}\n", encoding="utf-8"),
    "a file more in the base": lambda at: (at / "base/more.yml").write_text("values: {a: b}\n", encoding="utf-8"),
    "another name of a file": lambda at: (at / "new/pack.yaml").rename(at / "new/rules.yaml"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_any_change_is_seen(packs, change):
    """
    What is loaded is what the files say now, also when their size and time did not change.
    """
    load(packs)
    change(packs.parent)

    assert load(packs) == load_packs([packs])


MISTAKES = {
    "a rule": lambda at: rewrite(at / "new/pack.yaml", "title: present", "titel: present"),
    "a rule of the base": lambda at: rewrite(at / "base/pack.yaml", "in: colours", "in: colour "),
    "the base is gone": lambda at: (at / "base").rename(at / "other"),
    "the code list is gone": lambda at: (at / "base/colours.csv").unlink(),
    "a link": lambda at: (at / "new/link.yaml").symlink_to(at / "new/pack.yaml"),
    "a broken file more": lambda at: (at / "new/more.yaml").write_text("rules: [", encoding="utf-8"),
    "a larger file": lambda at: (at / "base/pack.yaml").write_bytes(b" " * (files.LARGEST + 1)),
    "the base is another version": lambda at: rewrite(at / "base/pack.yaml", "version: 1.0.0", "version: 2.0.0"),
}


@pytest.mark.parametrize("change", MISTAKES.values(), ids=MISTAKES.keys())
def test_no_mistake_is_hidden(packs, change):
    """
    Problems are told as without a cache, again and again.
    """
    load(packs)
    change(packs.parent)
    with pytest.raises(PackInvalid) as plain:
        load_packs([packs])

    for _ in range(2):
        with pytest.raises(PackInvalid) as cached:
            load(packs)
        assert str(cached.value) == str(plain.value)


def test_a_base_that_comes_beside_is_seen(tmp_path):
    """
    A pack that extends a bundled one extends the folder of that name beside it from the moment that there is one.
    """
    new = write(tmp_path, "new", "extends: [itk3-message@1]\n")
    (before,) = load(new)
    write(tmp_path, "itk3-message", "interactions: {letter: {}}\n")

    (after,) = load(new)

    assert after == load_packs([new])[0]
    assert before.interactions.keys() != after.interactions.keys()


def test_trust_is_part_of_what_is_kept(packs, reads):
    """
    `safe` that was believed once is not believed when nobody says so.
    """
    safe = [load(packs, trust=trust)[0].selectors["title"].safe for trust in (True, False, True, False)]

    assert safe == [True, False, True, False]
    assert len(reads) == 4


def test_a_copy_of_a_bundled_pack_is_not_trusted(tmp_path):
    """
    The same files elsewhere are another pack: what is kept of the bundled one does not vouch for them.
    """
    (bundled,) = load("itk3-message")
    folder = tmp_path / "itk3-message"
    source = Path(__file__).parent.parent / "rules" / "itk3-message"
    for file in source.rglob("*.*"):
        (folder / file.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.relative_to(source)).write_bytes(file.read_bytes())

    (copy,) = load(folder)

    assert any(each.safe for each in bundled.selectors.values())
    assert not any(each.safe for each in copy.selectors.values())
    assert load(folder) == (copy,)


def test_another_engine_reads_anew(packs, reads, monkeypatch):
    """
    What another version, or another source, has kept is not used.
    """
    load(packs)
    reads.clear()
    monkeypatch.setattr(kept, "this_engine", lambda: "0.0.9")

    load(packs)
    load(packs)

    assert len(reads) == 2


def test_two_packs_of_one_name_are_told(tmp_path):
    """
    Also when both were kept.
    """
    one, two = write(tmp_path / "a", "same"), write(tmp_path / "b", "same")
    load(one), load(two)

    with pytest.raises(PackInvalid, match="second pack 'same'"):
        load(one, two)
    with pytest.raises(PackNotFound, match="asked for twice"):
        load(one, one)


# files that are not as they were written


def reseal(text):
    """
    A kept file with a right digest of what it holds.
    """
    first, _, rest = text.partition("\n")
    return json.dumps({**json.loads(first), "crc32": crc32(rest.encode())}) + "\n" + rest


def without_body(text):
    return reseal("\n".join([*text.split("\n")[:2], "{}", ""]))


DAMAGE = {
    "empty": lambda text: "",
    "cut": lambda text: text[: len(text) // 2],
    "no JSON": lambda text: "pickle\n" * 3,
    "a list": lambda text: "[]\n[]\n[]\n",
    "nested deep": lambda text: "[" * 200_000,
    "one letter": lambda text: text.replace("colours", "colourz"),
    "a head of another shape": lambda text: reseal(text.replace('"version":"1.0.0"', '"version":[1]')),
    "no rules": without_body,
    "the safe of an attacker": lambda text: text.replace("false", "true"),
    "no origin": lambda text: text.replace('"origin":', '"origins":'),
    "a loop of tables": lambda text: text.replace('"tables":[', '"tables":[[1,2,3],'),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_written_again(packs, home, damage):
    """
    It is ignored, and the pack is that of the files.
    """
    good = load_packs([packs])
    load(packs)
    (file,) = home.iterdir()
    whole = file.read_text(encoding="ascii")
    file.write_text(damage(whole), encoding="ascii")

    (pack,) = load(packs)

    assert (pack,) == good
    assert [tuple(each.rules) for each in good] == [tuple(pack.rules)]


@pytest.mark.parametrize("damage", ["empty", "cut", "no JSON", "one letter"])
def test_it_is_as_good_as_new_after(packs, home, reads, damage):
    """
    The next load reads no YAML.
    """
    load(packs)
    (file,) = home.iterdir()
    whole = file.read_text(encoding="ascii")
    file.write_text(DAMAGE[damage](whole), encoding="ascii")
    load(packs)
    reads.clear()

    load(packs)

    assert reads == []
    assert file.read_text(encoding="ascii") == whole


# folders that are not this user's alone


def test_a_folder_that_others_may_enter_is_not_used(packs, home, reads):
    """
    Neither read nor written; its mode stays what its owner made it.
    """
    load(packs)
    home.chmod(0o755)
    reads.clear()

    load(packs)

    assert len(reads) == 2
    assert home.stat().st_mode & 0o777 == 0o755


def test_a_file_that_others_may_write_is_not_used(packs, home, reads):
    """
    It is replaced by one that they may not.
    """
    load(packs)
    (file,) = home.iterdir()
    file.chmod(0o622)
    reads.clear()

    load(packs)
    load(packs)

    assert len(reads) == 2
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("whose", ["file", "folder"])
def test_what_belongs_to_another_user_is_not_used(packs, home, reads, whose):
    """
    Whatever its mode says.
    """
    load(packs)
    (file,) = home.iterdir()
    os.chown(file if whose == "file" else home, 65534, 65534)
    reads.clear()

    load(packs)

    assert len(reads) == 2


@pytest.mark.parametrize("what", ["file", "folder"])
def test_links_are_not_followed(packs, home, reads, tmp_path, what):
    """
    Neither a link in the place of the file nor one in the place of the folder.
    """
    load(packs)
    link = next(home.iterdir()) if what == "file" else home
    link.rename(tmp_path / "elsewhere")
    link.symlink_to(tmp_path / "elsewhere")
    reads.clear()

    load(packs)

    assert len(reads) == 2


@pytest.mark.parametrize("stated", ["", "relative/path", "/proc/none/of/these"])
def test_without_a_folder_nothing_is_kept(packs, reads, monkeypatch, tmp_path, stated):
    """
    A cache folder that cannot be made is no cache, and no error; one that is not absolute is not the environment's.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", stated)
    monkeypatch.setenv("HOME", "/proc/none")
    monkeypatch.chdir(tmp_path)

    load(packs)
    load(packs)

    assert len(reads) == 4
    assert sorted(each.name for each in tmp_path.iterdir()) == ["packs"]


def test_the_number_of_files_is_bounded(packs, home, monkeypatch):
    """
    The oldest go first, and so does what a run that was killed left behind.
    """
    monkeypatch.setattr(kept, "MOST", 3)
    load(packs)
    for number in range(5):
        old = home / f"{number}.json.99"
        old.write_bytes(b"half")
        os.utime(old, ns=(number, number))
    (packs / "more.yaml").write_text("values: {a: b}\n", encoding="utf-8")

    load(packs)

    assert len(list(home.iterdir())) == 3
    assert load(packs) == load_packs([packs])


def test_many_at_once(packs, home):
    """
    Processes that load the same pack at the same time all get it, and leave one whole file.
    """
    code = "import sys; from itk3_validator import load_packs; print(load_packs(sys.argv[1:], cache=True)[0].digest)"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(packs)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    told = {each.communicate()[0].strip() for each in running}

    assert told == {load_packs([packs])[0].digest}
    assert len(list(home.iterdir())) == 1


# the command


def test_the_command_keeps_packs_unless_told_not_to(tmp_path, packs, home):
    """
    `--no-cache` and `cache = false` leave the folder alone.
    """
    message = tmp_path / "m.xml"
    message.write_text('<Bundle xmlns="http://hl7.org/fhir"><title value="red"/></Bundle>', encoding="utf-8")
    settings = tmp_path / "itk3.toml"
    settings.write_text("cache = false\n", encoding="utf-8")
    call = ["validate", str(message), "--pack", str(packs), "--quiet"]

    assert main([*call, "--no-cache"]) == 0
    assert main([*call, "--config", str(settings)]) == 0
    assert not home.exists()
    assert main(call) == 0
    assert len(list(home.iterdir())) == 1
    assert main(call) == 0
