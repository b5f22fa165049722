"""
Bad packs: every folder of tests/packs holds packs, and in errors.txt the text of every error that they must give.
"""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from time import perf_counter

import pytest

from itk3_validator import PackInvalid, PackNotFound, load_packs
from itk3_validator.pack.bundled import bundled_names

SCENARIOS = Path(__file__).parent / "packs"
NOT_FOLLOWED = "write the path from the pack's folder; links are not followed"
TOO_LONG = (
    "with every $name in it written out, this XPath has more than 20,000 characters; "
    "use fewer names in it, or names of shorter XPaths"
)
HEAD = "pack: {}\nversion: 1.0.0\ntitle: Example\nsource: {{document: Example}}\n"


def asked(scenario: Path) -> list[Path]:
    """
    The packs to load: those that asked.txt names, else `p`; other folders are what it extends.
    """
    names = scenario / "asked.txt"
    return [Path(line) for line in names.read_text(encoding="utf-8").splitlines()] if names.exists() else [Path("p")]


@pytest.mark.parametrize("name", sorted(each.parent.name for each in SCENARIOS.glob("*/errors.txt")))
def test_every_error_is_told(name, monkeypatch):
    """
    All mistakes of a bad pack are told at once, each once, at its place and with what would do.
    """
    monkeypatch.chdir(SCENARIOS / name)

    with pytest.raises(PackInvalid) as raised:
        load_packs(asked(SCENARIOS / name))

    assert f"{raised.value}\n" == (SCENARIOS / name / "errors.txt").read_text(encoding="utf-8")


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """
    Writes a pack and changes to the folder that holds it.
    """
    monkeypatch.chdir(tmp_path)

    def write(content: str = "", name: str = "p", **files: str) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "pack.yaml").write_text(HEAD.format(name) + content, encoding="utf-8")
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        return folder

    return write


def errors(*packs: str) -> list[str]:
    with pytest.raises(PackInvalid) as raised:
        load_packs([Path(each) for each in packs or ("p",)])
    return str(raised.value).splitlines()


def test_links_are_not_followed(pack, tmp_path):
    """
    A code list behind a link, or in a linked folder, is as good as missing; a linked rule file is told, not left out.
    """
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "codes.csv").write_text("code\nA\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("rules: []\n", encoding="utf-8")
    folder = pack("code-lists:\n  file: {file: codes.csv}\n  folder: {file: inner/codes.csv}\n")
    (folder / "codes.csv").symlink_to(tmp_path / "secret" / "codes.csv")
    (folder / "inner").symlink_to(tmp_path / "secret")
    without = errors()
    (folder / "rules.yaml").symlink_to(tmp_path / "rules.yaml")

    assert without == [
        f"p/pack.yaml:6:16: the pack p has no file 'codes.csv'; {NOT_FOLLOWED}",
        f"p/pack.yaml:7:18: the pack p has no file 'inner/codes.csv'; {NOT_FOLLOWED}",
    ]
    assert errors() == [
        *without,
        "p/rules.yaml:1:1: this file is a link, and links are not followed; put the file itself here",
    ]


def test_selectors_that_grow_are_refused(pack):
    """
    A selector that names another twice, thirty deep, would have a thousand million steps; told once, at no cost.
    """
    shape = '  s{0}: "$s{1}/f:a | $s{1}/f:b"'
    chain = [shape.format(number, number - 1) for number in range(1, 31)]
    pack(
        "selectors:\n  s0: /f:Bundle\n"
        + "\n".join(chain)
        + "\nrules:\n  - {id: R, text: It is., check: {s30: present}}\n"
    )
    tracemalloc.start()
    started = perf_counter()

    told = errors()

    taken, peak = perf_counter() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told == [f"p/pack.yaml:16:3: {TOO_LONG}"]
    assert (taken < 2, peak < 20_000_000) == (True, True)


AGAIN = (
    "inside a predicate this XPath names a selector that is itself expensive; "
    "take it out of the predicate, or name a selector that is not"
)


def test_costly_selectors_are_not_put_into_each_other(pack):
    """
    What is looked up again for every node does not look up something again for every node, by whatever names.
    """
    pack(
        "selectors:\n"
        "  entries: /f:Bundle/f:entry\n"
        "  again: {xpath: '$entries[. = $entries]', expensive: no matter}\n"
        "  third: {xpath: '$entries[. = $again]', expensive: no matter}\n"
        "  beside: $again/f:x\n"
        "rules:\n"
        "  - {id: R-1, text: It is., expensive: no matter, check: {test: '$entries[. = $beside]'}}\n"
        "  - {id: R-2, text: It is., expensive: no matter, check: {test: '$again[. = $entries]'}}\n"
    )

    assert errors() == [f"p/pack.yaml:8:3: {AGAIN}", f"p/pack.yaml:11:66: {AGAIN}"]


def test_a_name_inside_quotes_is_no_name(pack):
    """
    A selector whose XPath holds its own name as a text does not refer to itself.
    """
    pack("selectors:\n  price: \"/f:Bundle/f:x[f:y/@value='$price']\"\n")

    assert load_packs([Path("p")])[0].selectors["price"].xpath == "/f:Bundle/f:x[f:y/@value='$price']"


@pytest.mark.parametrize(
    ("each", "leaf"),
    [
        ("/f:Bundle/f:entry/f:fullUrl/@value", "an attribute"),
        ("values", "an attribute"),
        ("($values)[1]", "an attribute"),
        ("$div/text()", "a text"),
        ("$div | $values", "an attribute"),
    ],
)
def test_each_goes_through_elements(pack, each, leaf):
    """
    An `each` over attributes or texts could never be run, so it does not load.
    """
    pack(
        "selectors: {values: /f:Bundle/f:entry/f:fullUrl/@value, div: /f:Bundle/f:x}\n"
        f'rules:\n  - {{id: R, text: It is., each: "{each}", check: {{.: present}}}}\n'
    )

    remedy = "name the element, and its value in the check, as in ./@value"
    assert errors() == [f"p/pack.yaml:7:33: 'each' goes through elements, and this names {leaf}; {remedy}"]


def test_mistakes_by_the_thousand_are_told_in_time(pack):
    """
    What was meant is looked for in the first mistakes only: names known by the thousand do not multiply with them.
    """
    names = "".join(f"  selector-number-{number}: /f:Bundle\n" for number in range(1000))
    rules = "".join(
        f"  - {{id: R-{number}, text: It is., check: {{selectr-number-{number}: present}}}}\n" for number in range(1000)
    )
    pack(f"selectors:\n{names}rules:\n{rules}")
    started = perf_counter()

    told = errors()

    taken = perf_counter() - started
    meant = [each.partition("; ")[2] for each in told]
    assert (len(told), sum(each.startswith("did you mean") for each in meant), taken < 3) == (1000, 50, True)
    assert meant[0] == "did you mean 'selector-number-0'?"
    assert set(meant[50:]) == {"declare it under selectors:; an XPath begins with '/', './' or '$'"}


def test_renaming_by_the_thousand_takes_its_time_once(pack):
    """
    Three thousand inherited rules can be renamed or dropped in a moment.
    """
    rules = "".join(f"  - {{id: R-{number}, text: It is., check: {{top: present}}}}\n" for number in range(3000))
    pack(f"selectors: {{top: /f:Bundle}}\nrules:\n{rules}", name="base")
    ids = "".join(f"  R-{number}: N-{number}\n" for number in range(1500))
    drop = "".join(f"  R-{number}: not here\n" for number in range(1500, 3000))
    pack(f"extends: [base@1]\nids:\n{ids}drop:\n{drop}")
    started = perf_counter()

    made = load_packs([Path("p")])[0]

    assert (len(made.rules), len(made.dropped), perf_counter() - started < 8) == (1500, 1500, True)


def test_an_xpath_in_place_that_grows_is_refused(pack):
    """
    What selectors may not do, checks and tests may not either.
    """
    long = "/f:Bundle" + "/f:entry/f:resource" * 150
    terms = " or ".join(["$long"] * 10)
    pack(
        f"selectors:\n  long: {long}\nrules:\n"
        f"  - {{id: R-1, text: It is., check: {{test: {terms}}}}}\n"
        f"  - {{id: R-2, text: It is., check: {{'{' | '.join(['$long'] * 10)}': present}}}}\n"
    )

    assert errors() == [
        f"p/pack.yaml:8:43: {TOO_LONG}",
        f"p/pack.yaml:9:38: {TOO_LONG}",
    ]


@pytest.mark.parametrize("follow", [False, True], ids=["xpath", "follow"])
def test_a_long_chain_of_selectors_is_refused(pack, follow):
    """
    Selectors that stand on each other by the thousand are refused, whether they are written out or follow references.
    """
    shape = "{follow: %s}" if follow else "%s"
    steps = [f"  s{number}: " + shape % f"$s{number - 1}/f:a" for number in range(3000, 0, -1)]
    pack("selectors:\n  s0: /f:Bundle\n" + "\n".join(steps))

    told = errors()

    too_deep = "this XPath stands on selectors that stand on others, more than 80 deep"
    assert told == [f"p/pack.yaml:2926:3: {too_deep}; begin it, or one of them, at '/'"]


def test_a_long_circle_of_values_is_told_once(pack):
    """
    Three thousand values in a circle are one mistake, found without going round for each of them.
    """
    pack("values:\n" + "".join(f"  v{number}: ${{v{(number + 1) % 3000}}}\n" for number in range(3000)))

    told = errors()

    assert (len(told), told[0][:57]) == (1, "p/pack.yaml:6:7: the value 'v0' refers to itself: ${v0} -")


def test_a_code_list_too_large_is_refused(pack):
    """
    A code list that is larger than what is read is refused, not cut.
    """
    folder = pack("code-lists: {all: {file: all.csv}}\n")
    (folder / "all.csv").write_text("code\n" + "\n".join(map(str, range(800_000))), encoding="utf-8")

    assert errors() == ["p/pack.yaml:5:26: 'all.csv' has more than 5,000,000 bytes; leave out what no rule needs"]


def test_too_many_rule_files_are_refused(pack):
    """
    No rule file is left out silently.
    """
    pack(**{f"r{number}.yaml": f"values: {{v{number}: x}}\n" for number in range(1000)})

    assert errors() == ["p:1:1: this folder holds 1,001 rule files, and 1,000 are the most; join some of them"]


def test_a_chain_of_packs_ends(pack):
    """
    Packs that extend each other in a long row are refused, also when each is extended by two.
    """
    for number in range(25):
        pack(f"extends: [q{number + 1}@1, r{number + 1}@1]\n", name=f"q{number}")
        pack(f"extends: [q{number + 1}@1]\n", name=f"r{number}")
    pack(name="q25")
    pack(name="r25")

    assert errors("q0") == [
        "q19/pack.yaml:5:11: more than 20 packs extend each other in a row; extend one further up",
        "q19/pack.yaml:5:18: more than 20 packs extend each other in a row; extend one further up",
        "r19/pack.yaml:5:11: more than 20 packs extend each other in a row; extend one further up",
    ]


def test_a_pack_of_another_name_that_extends_its_folder_ends(pack, tmp_path):
    """
    A circle is one by the folders, whatever the packs in them are called.
    """
    folder = pack()
    (folder / "pack.yaml").write_text(HEAD.format("other") + "extends: [p@1]\n", encoding="utf-8")

    remedy = "rename the folder to other, or write 'pack: p'"
    assert errors() == [
        f"p/pack.yaml:1:7: the pack is called 'other' but its folder 'p'; {remedy}",
        "p/pack.yaml:5:11: the pack 'p' extends itself: p -> p; remove this one, or another of them",
    ]


def test_a_second_pack_of_one_name_among_the_bases(pack, tmp_path):
    """
    A pack beside that has the name of a bundled one is not mixed with it: nobody could tell whose word counts.
    """
    pack(name="itk3-message")
    pack("extends: [gpcm-sd-oc@1, itk3-message@1]\n")

    told = errors()

    assert [each.split(", from ")[0] for each in told] == [
        "p/pack.yaml:5:25: this brings in a second pack 'itk3-message'"
    ]


@pytest.mark.parametrize(
    ("packs", "text"),
    [
        (
            ["itk3-mesage"],
            "there is no bundled pack and no folder 'itk3-mesage'; did you mean 'itk3-message'?",
        ),
        (
            [Path("itk3-message")],
            "there is no folder 'itk3-message/' here; for the bundled pack write itk3-message, without a '/'",
        ),
        (
            ["itk3-message/"],
            "there is no folder 'itk3-message/' here; for the bundled pack write itk3-message, without a '/'",
        ),
        (["p/pack.yaml"], "'p/pack.yaml' is a file; name the folder that it is in: p"),
        ([Path("./pp")], "there is no bundled pack and no folder 'pp'; known are BUNDLED"),
        (["itk3-message", "itk3-message"], "the pack 'itk3-message' is asked for twice; name it once"),
        ([Path("p"), "./p"], "the pack 'p' is asked for twice; name it once"),
    ],
    ids=[
        "misspelt",
        "a name with a slash",
        "the same as text",
        "a file",
        "nothing near",
        "twice",
        "twice by other paths",
    ],
)
def test_packs_that_are_not_there(pack, packs, text):
    """
    A pack that is not there, or there twice, is told by name.
    """
    pack()

    with pytest.raises(PackNotFound) as raised:
        load_packs(packs)

    assert str(raised.value) == text.replace("BUNDLED", ", ".join(bundled_names()))


def test_problems_keep_their_parts():
    """
    Tools get the place and the words apart from each other, sorted by place.
    """
    folder = SCENARIOS / "unknown-format" / "p"

    with pytest.raises(PackInvalid) as raised:
        load_packs([folder])

    first = raised.value.problems[0]
    assert (first.file, first.line, first.column) == (str(folder / "pack.yaml"), 11, 29)
    assert (first.what, first.remedy) == ("unknown format 'datetime'", "did you mean 'dateTime'?")
