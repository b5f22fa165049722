"""
The tests of a pack are run as `validate` runs a message; what a test says wrongly is an error, never a pass.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from itk3_validator import Outcome, PackInvalid, load_pack, load_packs
from itk3_validator.workshop.trials.prepared import Standing, prepare, read_sample
from itk3_validator.workshop.trials.trial import run_trials
from pack_builder import FHIR, write_pack

RULES = """\
facts: {who: {values: [me, you]}}
selectors:
  type: /f:Bundle/f:type
  total: /f:Bundle/f:total
  entries: /f:Bundle/f:entry
  broken: /f:Bundle/f:link
rules:
  - {id: R1, text: The type is message., check: {type: {equals: message}}}
  - {id: R2, text: There is no total., check: {total: absent}}
  - {id: R3, text: It is mine., given: {who: me}, check: {type: present}}
  - {id: R4, text: Not yet., status: draft, check: {type: present}}
tests:
"""
MESSAGE = f'<Bundle xmlns="{FHIR}"><type value="message"/></Bundle>'.encode()


@pytest.fixture
def ran(tmp_path: Path):
    """
    The standing and the problems of one test.
    """

    def run(test: str, *, only=(), message: bytes = MESSAGE):
        folder = write_pack(tmp_path, RULES + f"  - {test}\n")
        (folder / "m.xml").write_bytes(message)
        (result,) = run_trials(load_pack(folder), only=only, show_values=True)
        return result.standing, result.problems

    return run


@pytest.mark.parametrize("pack", [pack.name for pack in load_packs()])
def test_the_bundled_packs_hold_their_tests(pack: str) -> None:
    """
    Every test of every bundled pack.
    """
    results = run_trials(load_pack(pack))

    assert [(each.place, each.problems) for each in results if each.standing is not Standing.HELD] == []
    assert results


@pytest.mark.parametrize(
    "test",
    [
        pytest.param("{message: m.xml, facts: {who: me}, expect: pass}", id="pass"),
        pytest.param("{message: m.xml, facts: {who: you}, expect: pass}", id="not-applicable-is-no-failure"),
        pytest.param("{message: m.xml, change: {type: x}, expect: {fail: [R1]}}", id="change"),
        pytest.param("{message: m.xml, remove: [type], expect: {fail: R1}}", id="remove"),
        pytest.param("{message: m.xml, repeat: [type], expect: {fail: [R1]}}", id="repeat"),
        pytest.param('{message: m.xml, insert: {total: "1"}, expect: {fail: [R2]}}', id="insert"),
        pytest.param(
            '{message: m.xml, change: {type: x}, insert: {total: ""}, expect: {fail: [R2, R1]}}', id="two-in-any-order"
        ),
        pytest.param("{message: m.xml, remove: [type], insert: {type: message}, expect: {pass: R1}}", id="in-order"),
        pytest.param("{message: m.xml, expect: {undecided: [R3]}}", id="undecided"),
        pytest.param("{message: m.xml, facts: {who: you}, expect: {not-applicable: R3, pass: [R1]}}", id="others"),
        pytest.param("{message: m.xml, change: {/f:Bundle/f:type/@value: x}, expect: {fail: R1}}", id="in-place"),
    ],
)
def test_what_is_so_holds(ran, test: str) -> None:
    """
    The test says what the rules do.
    """
    assert ran(test) == (Standing.HELD, ())


@pytest.mark.parametrize(
    ("test", "problems"),
    [
        pytest.param(
            "{message: m.xml, expect: pass}",
            ("R3 is undecided, and nothing of the kind was expected: state the fact 'who' (me or you) to decide this",),
            id="undecided-is-no-pass",
        ),
        pytest.param(
            "{message: m.xml, facts: {who: me}, change: {type: x}, expect: pass}",
            ("R1 fails, and nothing of the kind was expected: type is 'x'; expected 'message'.",),
            id="fails",
        ),
        pytest.param(
            "{message: m.xml, expect: {fail: [R1]}}", ("R1 passes, and fail was expected",), id="does-not-fail"
        ),
        pytest.param(
            '{message: m.xml, change: {type: x}, insert: {total: "1"}, expect: {fail: [R2]}}',
            ("R1 fails, and nothing of the kind was expected: type is 'x'; expected 'message'.",),
            id="fails-too",
        ),
        pytest.param(
            "{message: m.xml, remove: [type], expect: {undecided: [R3]}}",
            ("R1 fails, and nothing of the kind was expected: type is missing",),
            id="fails-beside-undecided",
        ),
        pytest.param(
            "{message: m.xml, facts: {who: you}, expect: {undecided: [R3]}}",
            ("R3 is not applicable, and undecided was expected",),
            id="not-applicable",
        ),
    ],
)
def test_what_is_not_so_is_told(ran, test: str, problems: tuple[str, ...]) -> None:
    """
    Each difference in a sentence, in the order of the rules.
    """
    standing, told = ran(test)

    assert standing is Standing.FAILED
    assert [each[: len(problem)] for each, problem in zip(told, problems, strict=True)] == list(problems)


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        pytest.param(
            "{message: none.xml, expect: pass}",
            "there is no message 'none.xml' in the pack's folder or in samples/",
            id="no-file",
        ),
        pytest.param(
            "{message: m.xml, request: none.xml, expect: pass}",
            "there is no message 'none.xml' in the pack's folder or in samples/",
            id="no-request",
        ),
        pytest.param(
            "{message: ../small/m.xml, expect: pass}",
            "'../small/m.xml' leads out of the pack's folder; name a file in it, or in samples/",
            id="out-of-the-folder",
        ),
        pytest.param(
            "{message: /etc/hosts, expect: pass}",
            "'/etc/hosts' leads out of the pack's folder; name a file in it, or in samples/",
            id="absolute",
        ),
        pytest.param(
            "{message: pack.yaml, expect: pass}",
            "pack.yaml cannot be read: line 1, column 1: not XML: ",
            id="no-message",
        ),
        pytest.param(
            "{message: m.xml, change: {total: x}, expect: {fail: R2}}",
            "change: $total is not in the message",
            id="change",
        ),
        pytest.param(
            "{message: m.xml, remove: [total], expect: pass}", "remove: $total is not in the message", id="remove"
        ),
        pytest.param(
            "{message: m.xml, repeat: [total], expect: pass}", "repeat: $total is not in the message", id="repeat"
        ),
        pytest.param(
            "{message: m.xml, expect: {fail: [R4]}}",
            "R4 is a draft, which is not run; make it active or expect nothing of it",
            id="draft",
        ),
    ],
)
def test_a_test_that_cannot_be_run_is_an_error(ran, test: str, problem: str) -> None:
    """
    Neither held nor failed.
    """
    standing, (told,) = ran(test)

    assert standing is Standing.ERROR
    assert told[: len(problem)] == problem


@pytest.mark.parametrize(
    "test",
    [
        pytest.param("{message: m.xml, expect: {fail: [R9]}}", id="id"),
        pytest.param("{message: m.xml, change: {typ: x}, expect: pass}", id="selector"),
        pytest.param("{message: m.xml, facts: {whom: me}, expect: pass}", id="fact"),
        pytest.param("{message: m.xml, interaction: note, expect: pass}", id="interaction"),
        pytest.param("{message: m.xml, expect: {failed: [R1]}}", id="outcome"),
    ],
)
def test_an_unknown_name_is_a_mistake_in_the_rules(ran, test: str) -> None:
    """
    Nothing of that pack is run.
    """
    with pytest.raises(PackInvalid, match="unknown"):
        ran(test)


def test_a_message_nobody_knows_is_an_error(tmp_path: Path) -> None:
    """
    The pack is named by the test itself, so only what the interaction requires counts.
    """
    folder = write_pack(
        tmp_path,
        """
        interactions: {letter: {requires: {/f:Bundle/f:type: present}}}
        rules: [{id: R1, text: T., check: {/f:Bundle/f:type: present}}]
        tests:
          - {message: m.xml, remove: [/f:Bundle/f:type], expect: {fail: [R1]}}
          - {message: m.xml, interaction: letter, remove: [/f:Bundle/f:type], expect: {fail: [R1]}}
        """,
    )
    (folder / "m.xml").write_bytes(MESSAGE)
    first, second = run_trials(load_pack(folder))

    assert first.standing is Standing.ERROR
    assert first.problems[0].startswith("no rule was asked, the message is unrecognised: no pack knows it")
    assert second.standing is Standing.HELD


def test_where_no_rule_looks_nothing_passes(tmp_path: Path) -> None:
    """
    A test that expects a pass of rules that are all not applicable shows nothing.
    """
    folder = write_pack(
        tmp_path,
        """
        rules: [{id: R1, text: T., when: {/f:Bundle/f:total: present}, check: {/f:Bundle/f:type: present}}]
        tests: [{message: m.xml, expect: pass}]
        """,
    )
    (folder / "m.xml").write_bytes(MESSAGE)
    (result,) = run_trials(load_pack(folder))

    assert result.standing is Standing.FAILED
    assert result.problems == ("no rule passes, because none looked at this message",)


def test_fail_speaks_of_the_packs_own_rules(tmp_path: Path) -> None:
    """
    An inherited rule that fails too needs no naming; one that is named has to fail; pass speaks of all.
    """
    write_pack(tmp_path, RULES.removesuffix("tests:\n"), name="base")
    folder = write_pack(
        tmp_path,
        """
        extends: [base@1]
        interactions: {letter: {}}
        rules: [{id: OWN, text: The type is short., check: {type: {length: ..7}}}]
        tests:
          - {message: m.xml, facts: {who: you}, change: {type: collection}, expect: {fail: [OWN]}}
          - {message: m.xml, facts: {who: you}, change: {type: collection}, expect: {fail: [OWN, R1]}}
          - {message: m.xml, facts: {who: you}, change: {type: batch}, expect: {fail: [R1]}}
          - {message: m.xml, facts: {who: you}, change: {type: batch}, expect: pass}
          - {message: m.xml, facts: {who: you}, expect: {fail: [R1]}}
        """,
        name="derived",
    )
    (folder / "m.xml").write_bytes(MESSAGE)

    assert [each.standing.value for each in run_trials(load_pack(folder))] == [
        "held",
        "held",
        "held",
        "failed",
        "failed",
    ]


def test_only_speaks_of_these_rules(ran) -> None:
    """
    What another rule comes to does not count.
    """
    test = "{message: m.xml, facts: {who: me}, change: {type: x}, expect: pass}"

    assert ran(test, only={"R2"}) == (Standing.HELD, ())
    assert ran(test, only={"R1"})[0] is Standing.FAILED


def test_only_leaves_out_what_cannot_be_run_and_names_others(tmp_path: Path) -> None:
    """
    A broken test of another rule is no failure of this one; one that names it is.
    """
    tests = "  - {message: gone.xml, expect: {fail: [R1]}}\n  - {message: m.xml, expect: {pass: [R2], fail: [R4]}}\n"
    folder = write_pack(tmp_path, RULES + tests)
    (folder / "m.xml").write_bytes(MESSAGE)
    pack = load_pack(folder)

    assert [each.number for each in run_trials(pack, only={"R2"})] == [2]
    assert [each.standing for each in run_trials(pack, only={"R1"})] == [Standing.ERROR, Standing.HELD]
    assert [each.standing for each in run_trials(pack)] == [Standing.ERROR, Standing.ERROR]


def test_outcomes_are_kept_for_the_coverage(tmp_path: Path) -> None:
    """
    Those of every rule that was run.
    """
    folder = write_pack(tmp_path, RULES + "  - {message: m.xml, expect: {undecided: [R3]}}\n")
    (folder / "m.xml").write_bytes(MESSAGE)
    (result,) = run_trials(load_pack(folder))

    assert result.outcomes == {"R1": Outcome.PASS, "R2": Outcome.PASS, "R3": Outcome.UNDECIDED}
    assert (result.number, result.place) == (1, f"{folder / 'pack.yaml'}:18")
    assert result.title == "m.xml, undecided R3"


def test_the_packs_folder_goes_before_the_samples(tmp_path: Path) -> None:
    """
    A file of the same name there is taken; a link is not.
    """
    name = "valid/gpcm-sd-oc-primary.xml"
    (tmp_path / "valid").mkdir()
    (tmp_path / name).symlink_to("/etc/hosts")
    assert b"ITK007C" in read_sample(tmp_path, name).data

    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(MESSAGE)
    assert read_sample(tmp_path, name).data == MESSAGE


def test_a_test_can_be_made_ready_without_being_run(tmp_path: Path) -> None:
    """
    The proof begins at the same messages.
    """
    folder = write_pack(
        tmp_path, RULES + "  - {message: m.xml, request: m.xml, change: {type: x}, expect: {fail: R1}}\n"
    )
    (folder / "m.xml").write_bytes(MESSAGE)
    pack = load_pack(folder)
    ready = prepare(pack, pack.tests[0])

    assert ready.message.data.endswith(MESSAGE.replace(b"message", b"x"))
    assert ready.request is not None
    assert ready.request.data == MESSAGE
