"""
What a rule over the archive says, and what its verbs are.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.archive.words import span
from itk3_validator.checks.ask import Checks
from itk3_validator.pack.archive_rule import (
    AfterRequest,
    Answered,
    ArchiveOptions,
    Covers,
    NoAnswerBefore,
    RequestKnown,
)
from itk3_validator.pack.archive_verbs import ARCHIVE_VERBS
from itk3_validator.pack.model import Rule, RulePack
from itk3_validator.plan import compile_pack
from itk3_validator.value import replace
from itk3_validator.workshop.explaining.phrases import joined, sentences
from itk3_validator.workshop.explaining.rule import answer, head, labelled


def archive_rule(name: str, pack: RulePack, packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    A rule over the archive, by its id.
    """
    found = next((each for each in pack.archive if each.id == name), None)
    if found is None:
        return None
    asked = found.response_code
    lines = [
        *head(found, pack, packs),
        *labelled([("looks at", "the messages of an archive, in a batch"), ("only when", _said(found.when, pack))]),
        "",
        *(f"  {line}" for line in _asks(found.asks, pack)),
        "",
        *labelled([("remedy", found.remedy), ("part", found.part), ("answer", asked and answer(asked, pack))]),
    ]
    return f"{found.id}: {found.text}", tuple(lines)


def archive_verb(name: str) -> tuple[str, ...]:
    """
    A verb of rules over the archive: what it says and an example of it.
    """
    verb = ARCHIVE_VERBS[name]
    return (f"  {verb.summary}", "", "    archive:", f"      - check: {{{name}: {verb.example}}}")


def _asks(asks: ArchiveOptions, pack: RulePack) -> Iterator[str]:
    match asks:
        case Answered():
            within = f" within {span(asks.within)}" if asks.within is not None else ""
            yield f"{asks.count} of the messages of the archive answers it{within}"
            yield from labelled(
                [("of those where", _said(asks.by, pack)), ("unless for one", _said(asks.unless, pack))]
            )
        case RequestKnown():
            yield f"the message that it answers is in the archive, at most {span(asks.within)} older"
        case AfterRequest():
            differ = f", but for {span(asks.tolerance)}" if asks.tolerance else ""
            yield f"it is not earlier than the message that it answers{differ}"
        case NoAnswerBefore():
            yield f"no earlier answer to the same message is one where {_said(asks.that, pack)}"
        case Covers():
            yield f"each code of {asks.codes} occurs at {asks.of.written}; it is undecided as long as one does not"
        case _:
            per = f" and the same {' and '.join(each.written for each in asks.per)}" if asks.per else ""
            yield f"no earlier message has the same {asks.of.written}{per}"


def _said(checks: Checks, pack: RulePack) -> str | None:
    if not checks:
        return None
    probe = Rule("explain", pack.name, "", "MUST", (), (), {}, None, checks)
    return joined(sentences(compile_pack(replace(pack, rules=(probe,), interactions={})).rules[0].check))
