"""
The pytest plugin: the fixture ``itk3``, for teams that test the programs which make their messages.

pytest finds it where the package is installed. Nothing of the engine is imported before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from itk3_validator import MessageLike, Report, RulePack, Validator

_PACKS = "itk3_packs"
_SHOW_VALUES = "--itk3-show-values"


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    What the plugin can be told: in the settings of pytest, and on its command line.
    """
    parser.addini(_PACKS, "names of bundled packs, or folders, that judge messages; default: all bundled packs", "args")
    group = parser.getgroup("itk3", "ITK3 messages")
    group.addoption(
        _SHOW_VALUES, action="store_true", help="show what was found in messages, which may be patient data"
    )


@pytest.fixture(scope="session")
def itk3(request: pytest.FixtureRequest) -> Itk3:
    """
    Assertions about ITK3 messages: ``itk3.assert_valid(message)``, ``itk3.assert_fails(message, "GPCM-SD-OC-143")``.
    """
    packs: Sequence[str] = request.config.getini(_PACKS)
    # Folders are named as seen from where the settings of pytest are.
    named = [_pack(name, request.config.rootpath) for name in packs]
    return Itk3(named or None, show_values=bool(request.config.getoption(_SHOW_VALUES)))


class Itk3:
    """
    Assertions about ITK3 messages. What they tell of a message is masked, unless values are asked for.

    Args:
        packs: those that judge where a test names none; None for all bundled packs.
    """

    def __init__(self, packs: Sequence[str | Path] | None = None, *, show_values: bool = False) -> None:
        self.packs = packs
        self.show_values = show_values
        self._validators: dict[object, Validator] = {}

    def validate(
        self,
        message: MessageLike,
        *,
        pack: str | Path | RulePack | None = None,
        facts: Mapping[str, str] | None = None,
        request: MessageLike | None = None,
        interaction: str | None = None,
    ) -> Report:
        """
        Judge a message, as `Validator.validate` does. The rules of a pack are read once in a run.

        A wrong call and a pack that cannot be used fail the test.
        """
        from itk3_validator import Itk3Error

        try:
            judge = self._validator(pack)
            return judge.validate(message, facts=facts, request=request, interaction=interaction)
        except Itk3Error as error:
            _stop(str(error))

    def assert_valid(
        self,
        message: MessageLike,
        *,
        pack: str | Path | RulePack | None = None,
        facts: Mapping[str, str] | None = None,
        request: MessageLike | None = None,
        interaction: str | None = None,
        undecided: bool = False,
    ) -> Report:
        """
        Fail the test unless the message is valid.

        Args:
            undecided: a message that lacks a fact or its request to be valid will do.
        """
        report = self.validate(message, pack=pack, facts=facts, request=request, interaction=interaction)
        accepted = {"valid", "undecided"} if undecided else {"valid"}
        if str(report.verdict) not in accepted:
            _fail(f"the message is {report.verdict}, and should be valid", report)
        return report

    def assert_fails(
        self,
        message: MessageLike,
        *requirements: str,
        pack: str | Path | RulePack | None = None,
        facts: Mapping[str, str] | None = None,
        request: MessageLike | None = None,
        interaction: str | None = None,
        others: bool = False,
    ) -> Report:
        """
        Fail the test unless these requirements fail, and no other.

        Args:
            requirements: their ids.

            others: further ones may fail.
        """
        if not requirements:
            _stop("assert_fails needs the id of a requirement that should fail")
        report = self.validate(message, pack=pack, facts=facts, request=request, interaction=interaction)
        outcomes = report.outcomes
        told = [_not_failed(id, outcomes) for id in requirements if outcomes.get(id) != "fail"]
        more = [id for id, outcome in outcomes.items() if outcome == "fail" and id not in requirements]
        if more and not others:
            told.append(f"{', '.join(more)} failed as well")
        if told or report.pack is None:
            _fail("; ".join(told), report)
        return report

    def _validator(self, pack: str | Path | RulePack | None) -> Validator:
        from itk3_validator import Validator

        if pack not in self._validators:
            packs = self.packs if pack is None else [pack]
            self._validators[pack] = Validator(packs, show_values=self.show_values)
        return self._validators[pack]


def _pack(name: str, folder: Path) -> str | Path:
    return folder / name if "/" in name or name.startswith(".") else name


def _not_failed(id: str, outcomes: Mapping[str, str]) -> str:
    if id in outcomes:
        return f"{id} should fail, and is {outcomes[id]}"
    near = _near(id, outcomes)
    return f"{id} should fail, and is no requirement of the pack that judged{near}"


def _near(id: str, known: Iterable[str]) -> str:
    from itk3_validator import did_you_mean

    return f"; {near}" if (near := did_you_mean(id, known)) else ""


def _fail(said: str, report: Report) -> NoReturn:
    from itk3_validator.report.text import render_message

    _stop(f"{said}\n\n{render_message(report)}")


def _stop(said: str) -> NoReturn:
    # Without a traceback: that would show the arguments of the test, a whole message among them.
    pytest.fail(said, pytrace=False)
