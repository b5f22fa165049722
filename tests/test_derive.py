"""
Packs that extend others: what they take over, what they change, and what of it other packs see.
"""

from __future__ import annotations

import pytest

from itk3_validator import PackInvalid, load_pack
from itk3_validator.finding import Outcome
from pack_folders import derived, options, rules, write

BASE = """
values: {SD: "https://example.org/", use-case: Report}
facts:
  recipient: {values: [primary, copy]}
selectors:
  header: (/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]
  event: $header/f:event/f:code
  local: "$header/f:extension[@url='${SD}${use-case}']"
code-lists: {sizes: {codes: {S: Small}}}
interactions:
  report:
    title: Report
    published-as: [Report]
    requires: {header: {count: 1..*}}
    clues: {event: {equals: A}, local: present}
rules:
  - id: B-1
    text: The use case is ${use-case}.
    for: report
    check: {event: {equals: "${use-case}"}}
    remedy: Write ${use-case}.
  - {id: B-2, text: It is a size., check: {event: {in: sizes}}}
  - {id: B-3, text: It is there., check: {event: present}}
not-checkable:
  - {id: N-1, because: nobody knows}
  - {id: N-2, because: nobody asks}
  - {id: N-3, because: nobody cares}
tests:
  - {message: valid/x.xml, expect: pass}
"""


def test_everything_is_inherited_but_tests(tmp_path):
    """
    A pack that only extends another has all of it, under its own name, and none of its tests.
    """
    new, base = derived(tmp_path, BASE, ""), load_pack(tmp_path / "base")

    assert new.rules == base.rules
    assert (new.selectors, new.facts, new.code_lists) == (base.selectors, base.facts, base.code_lists)
    assert (new.interactions, new.not_checkable) == (base.interactions, base.not_checkable)
    assert (new.name, new.lineage, base.lineage) == ("new", ("base",), ())
    assert (new.tests, len(base.tests)) == ((), 1)


def test_changed_values_reach_inherited_rules(tmp_path):
    """
    A value is put in last: texts, checks, selectors and other values of the base say what the new pack's value says.
    """
    new = derived(tmp_path, BASE, "change: {values: {use-case: Summary}}\n")

    rule = rules(new)["B-1"]
    assert (rule.text, rule.remedy) == ("The use case is Summary.", "Write Summary.")
    assert options(new, "B-1") == "Summary"
    assert new.selectors["local"].xpath == "$header/f:extension[@url='https://example.org/Summary']"
    assert options(load_pack(tmp_path / "base"), "B-1") == "Report"


def test_values_hold_values(tmp_path):
    """
    A value may be written with others in any order, and with the signs themselves.
    """
    pack = load_pack(
        write(
            tmp_path,
            "p",
            """
            values: {c: "${b}-${a}", b: "x${a}", a: "1", sign: "$${a}"}
            selectors: {top: /f:Bundle}
            rules:
              - {id: R-1, text: "${c} and ${sign}", check: {top: present}}
            """,
        )
    )

    assert pack.rules[0].text == "x1-1 and ${a}"


def test_changed_selectors_reach_inherited_ones(tmp_path):
    """
    A selector that stands on a changed one moves with it, and the pack that changed it answers for it.
    """
    new = derived(tmp_path, BASE, "change: {selectors: {header: /f:Bundle/f:header}}\n")

    assert new.selectors["header"].xpath == "/f:Bundle/f:header"
    assert {name: each.pack for name, each in new.selectors.items()} == {
        "header": "new",
        "event": "base",
        "local": "base",
    }


def test_changed_lists(tmp_path):
    """
    A code list is changed as a whole.
    """
    new = derived(tmp_path, BASE, "change: {code-lists: {sizes: {codes: {M: Medium}}}}\n")

    assert new.code_lists["sizes"].rows == {"M": {"code": "M", "display": "Medium"}}


def test_a_list_of_the_base_is_read_from_its_folder(tmp_path):
    """
    A CSV file is looked for in the folder of the pack that names it.
    """
    base = "code-lists: {sizes: {file: sizes.csv}, colours: {file: colours.csv}}\n"
    files = {"sizes.csv": "code\nS\n", "colours.csv": "code\nred\n"}
    write(tmp_path, "base", base, files)
    change = "extends: [base@1]\nchange: {code-lists: {colours: {file: colours.csv}}}\n"
    new = load_pack(write(tmp_path, "new", change, {"colours.csv": "code\nblue\n"}))

    assert {name: tuple(each.rows) for name, each in new.code_lists.items()} == {"sizes": ("S",), "colours": ("blue",)}


def test_rules_are_changed_key_by_key(tmp_path):
    """
    What a change does not name stays; the rule is the new pack's then, and keeps its place.
    """
    new = derived(tmp_path, BASE, "change: {B-1: {text: Other., level: SHOULD}}\n")

    rule = rules(new)["B-1"]
    assert [each.id for each in new.rules] == ["B-1", "B-2", "B-3"]
    assert (rule.text, rule.level, rule.remedy, rule.interactions) == ("Other.", "SHOULD", "Write Report.", ("report",))
    assert [each.pack for each in new.rules] == ["new", "base", "base"]


def test_renamed_rules(tmp_path):
    """
    A renamed rule is the same rule by another number, and is changed by its new one.
    """
    new = derived(tmp_path, BASE, "ids: {B-1: P-1, B-2: B-1}\nchange: {P-1: {text: Other.}}\n")

    assert [(each.id, each.pack) for each in new.rules] == [("P-1", "new"), ("B-1", "new"), ("B-3", "base")]
    assert (rules(new)["P-1"].text, options(new, "P-1")) == ("Other.", "Report")
    assert options(new, "B-1") == "sizes"


def test_dropped_rules(tmp_path):
    """
    A dropped rule is gone and the reason kept; its number is free for another rule.
    """
    drop = "drop: {B-1: not sent here, B-2: said otherwise}\nrules:\n"
    new = derived(tmp_path, BASE, drop + "  - {id: B-2, text: It is not., check: {event: absent}}\n")

    assert [(each.id, each.pack) for each in new.rules] == [("B-3", "base"), ("B-2", "new")]
    assert new.dropped == {"B-1": "not sent here", "B-2": "said otherwise"}


def test_requirements_that_no_message_shows(tmp_path):
    """
    They are inherited, renamed and dropped like rules, and said anew once the inherited one is dropped.
    """
    content = """
    ids: {N-1: P-1}
    drop: {N-2: of no interest here, N-3: it is another matter}
    not-checkable: [{id: N-3, because: it is secret}]
    """
    new = derived(tmp_path, BASE, content)

    assert [(each.id, each.pack, each.because) for each in new.not_checkable] == [
        ("P-1", "new", "nobody knows"),
        ("N-3", "new", "it is secret"),
    ]


def test_interactions_merge(tmp_path):
    """
    An interaction said again is merged key by key, and its requirements and clues place by place.
    """
    content = """
    interactions:
      report: {title: Summary, clues: {event: {equals: B}, header: present}}
      letter: {requires: {event: absent}}
    """
    new = derived(tmp_path, BASE, content)

    report = new.interactions["report"]
    assert (report.title, report.published_as, report.pack) == ("Summary", ("Report",), "new")
    assert [(each.target.written, each.verb, each.options) for each in report.clues] == [
        ("local", "present", True),
        ("event", "equals", "B"),
        ("header", "present", True),
    ]
    assert [each.target.written for each in report.requires] == ["header"]
    assert list(new.interactions) == ["report", "letter"]


def test_interactions_are_changed_by_whole_keys(tmp_path):
    """
    Under `change` a key of an interaction is replaced whole: clues that are not named again are gone.
    """
    new = derived(tmp_path, BASE, "change: {interactions: {report: {clues: {event: {equals: B}}}}}\n")

    report = new.interactions["report"]
    assert ([each.target.written for each in report.clues], report.title) == (["event"], "Report")


@pytest.mark.parametrize("order", ["left, right", "right, left", "left, base", "base, left"])
def test_what_one_base_changed_is_not_undone_by_another(tmp_path, order):
    """
    Of two packs that extend a third, the one that changed an interaction is believed; whichever stands first.
    """
    write(tmp_path, "base", BASE)
    write(tmp_path, "left", "extends: [base@1]\nchange: {interactions: {report: {title: Left}}}\n")
    write(tmp_path, "right", "extends: [base@1]\n")
    extends = ", ".join(f"{name}@1" for name in order.split(", "))
    new = load_pack(write(tmp_path, "new", f"extends: [{extends}]\n"))

    assert new.interactions["report"].title == "Left"
    assert [each.id for each in new.rules] == ["B-1", "B-2", "B-3"]


def test_a_base_that_another_one_extends_adds_nothing(tmp_path):
    """
    What the nearer pack changed, renamed and dropped stays so when the farther one is named as well.
    """
    write(tmp_path, "base", BASE)
    change = "change: {values: {use-case: Summary}}\nids: {B-2: M-2}\ndrop: {B-3: not sent}\n"
    write(tmp_path, "middle", "extends: [base@1]\n" + change)
    new = load_pack(write(tmp_path, "new", "extends: [base@1, middle@1]\n"))

    assert [each.id for each in new.rules] == ["B-1", "M-2"]
    assert (options(new, "B-1"), new.lineage) == ("Summary", ("base", "middle"))


def test_two_bases_that_disagree_are_settled_by_a_change(tmp_path):
    """
    What two bases say differently is said by the pack that extends both.
    """
    write(tmp_path, "left", "values: {v: left}\nselectors: {top: /f:Bundle}\n")
    write(tmp_path, "right", "values: {v: right}\nselectors: {top: /f:Bundle}\n")
    rule = "rules:\n  - {id: R-1, text: '${v}', check: {top: present}}\n"
    new = load_pack(write(tmp_path, "new", "extends: [left@1, right@1]\nchange: {values: {v: both}}\n" + rule))

    assert new.rules[0].text == "both"


def test_the_same_fact_may_be_declared_again(tmp_path):
    """
    A fact or a prefix that is declared again in the same words is the same one.
    """
    content = "facts:\n  recipient: {values: [primary, copy]}\nnamespaces: {f: http://hl7.org/fhir}\n"
    new = derived(tmp_path, BASE, content)

    assert new.facts["recipient"].values == ("primary", "copy")


def test_unstated_facts(tmp_path):
    """
    A fact that is not stated leaves a rule undecided, unless the pack says that it is then not applicable.
    """
    facts = "facts:\n  one: {values: [a]}\n  two: {unstated: not-applicable, text: A mailbox.}\n"
    new = derived(tmp_path, BASE, facts)

    assert {name: each.unstated for name, each in new.facts.items()} == {
        "recipient": Outcome.UNDECIDED,
        "one": Outcome.UNDECIDED,
        "two": Outcome.NOT_APPLICABLE,
    }


def test_a_change_keeps_the_language_of_the_test(tmp_path):
    """
    An inherited test stays in the XPath of the pack that wrote it, also when the rule is renamed or changed.
    """
    base = """
    xpath: "2.0"
    selectors: {top: /f:Bundle}
    rules:
      - {id: B-1, text: It ends., check: {test: "ends-with(string($top/@x), 'a')"}}
      - {id: B-2, text: It ends., check: {test: "ends-with(string($top/@x), 'a')"}}
      - {id: B-3, text: It ends., check: {test: "ends-with(string($top/@x), 'a')"}}
    """
    content = """
    ids: {B-1: P-1}
    change:
      B-2: {text: It does end.}
      B-3: {check: {test: "starts-with($top/@x, 'a')"}}
    """
    new = derived(tmp_path, base, content)

    assert {rule.id: rule.xpath for rule in new.rules} == {"P-1": "2.0", "B-2": "2.0", "B-3": "1.0"}


def test_changes_in_several_files_add_up(tmp_path):
    """
    Two files of a pack may both change values of its base.
    """
    rule = "rules:\n  - {id: R-1, text: '${v}${w}', check: {top: present}}\n"
    write(tmp_path, "base", "values: {v: a, w: a}\nselectors: {top: /f:Bundle}\n" + rule)
    files = {"more.yaml": "change: {values: {w: c}}\n"}
    new = load_pack(write(tmp_path, "new", "extends: [base@1]\nchange: {values: {v: b}}\n", files))

    assert new.rules[0].text == "bc"


def test_an_inherited_mistake_is_told_in_the_base(tmp_path, monkeypatch):
    """
    A change that breaks an inherited rule is told where that rule is written.
    """
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PackInvalid) as raised:
        derived(tmp_path, BASE, "change: {code-lists: {sizes: {codes: []}}, values: {use-case: ''}}\n")

    assert str(raised.value).replace(f"{tmp_path}/", "") == (
        "base/pack.yaml:24:29: a text is expected here, but there is nothing; write the value, or remove the key\n"
        "new/pack.yaml:6:38: the list is empty; write at least one value"
    )


def test_bases_are_looked_for_beside_the_pack_that_names_them(tmp_path):
    """
    A pack beside goes before a bundled one of the same name; in which file its head stands does not matter.
    """
    folder = tmp_path / "itk3-message"
    folder.mkdir()
    head = "pack: itk3-message\nversion: 7.1.0\ntitle: Mine\nsource: {document: Mine}\n"
    (folder / "mine.yaml").write_text(head + "selectors: {mine: /f:Bundle}\n", encoding="utf-8")
    new = load_pack(write(tmp_path, "new", "extends: [itk3-message@7.1]\n"))

    assert list(new.selectors) == ["mine"]
