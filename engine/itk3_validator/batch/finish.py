"""
What is written when every message is judged: outcomes, rules, and what the rules over the archive say.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import duckdb

from itk3_validator.archive import run as archive
from itk3_validator.batch.folder import SPILL, Folder, Part
from itk3_validator.batch.schema import TABLES
from itk3_validator.batch.settings import BatchSettings
from itk3_validator.batch.sql import MEMORY, connect
from itk3_validator.batch.tables import Count, outcomes_table, rules_table
from itk3_validator.finding import Outcome, Severity, Verdict
from itk3_validator.pack.model import RulePack
from itk3_validator.report.kinds import Kind, Tally, kind

# Rows that are fetched and written at a time.
_BLOCK: Final = 20_000
_BEFORE: Final = ("messages", "findings", "outcomes", "keys", "rules")


def finish(folder: Folder, whole: Part, packs: Iterable[RulePack], settings: BatchSettings) -> Tally:
    """
    Write what speaks of the whole run, and return what it came to.
    """
    used = tuple(packs)
    folder.put("outcomes", outcomes_table(whole.outcomes))
    folder.put("rules", rules_table(used))
    over_all = _over_archive(folder, used, settings)
    tally = _tally(whole, over_all, used)
    folder.finish({"messages": whole.messages, "verdicts": dict(sorted(whole.verdicts.items()))})
    return tally


def _over_archive(folder: Folder, packs: tuple[RulePack, ...], settings: BatchSettings) -> Counter[Count]:
    """
    What the rules over the archive came to.
    """
    for memory in MEMORY:
        try:
            rows = _put_archive(folder, packs, settings, memory)
            break
        except duckdb.OutOfMemoryException:
            if memory == MEMORY[-1]:
                told = (
                    f"its rules over the archive need more than {memory} of memory; judge its sources as several runs"
                )
                raise _unfinished(folder, errno.ENOMEM, told) from None
        except duckdb.IOException:
            # Its text may hold values of messages.
            told = "DuckDB cannot read or write its folder; is the disk full?"
            raise _unfinished(folder, errno.EIO, told) from None
    return Counter(
        {Count(pack, interaction, rule, Outcome(outcome)): number for pack, interaction, rule, outcome, number in rows}
    )


def _unfinished(folder: Folder, number: int, why: str) -> OSError:
    error = OSError(number, why)
    error.add_note(f"the run {folder.path} cannot be finished")
    return error


def _put_archive(
    folder: Folder, packs: tuple[RulePack, ...], settings: BatchSettings, memory: str
) -> list[tuple[str, str, str, str, int]]:
    """
    Write what the rules over the archive say, and return their outcomes.

    Raises:
        duckdb.OutOfMemoryException: *memory* is not enough for so many messages.
    """
    spill = folder.path / SPILL
    with connect(folder.path, tables=_BEFORE, memory=memory, ordered=False, spill=spill) as connection:
        results = archive.run(
            connection, packs, show_values=settings.show_values, only=settings.only, waived=tuple(_waived(settings))
        )
        for name, made in results._asdict().items():
            table = f"archive_{name}"
            columns = ", ".join(f'"{each}"' for each in TABLES[table].names)
            folder.put_rows(table, connection.batches(f"SELECT {columns} FROM {made}", _BLOCK))  # noqa: S608
        return connection.execute(
            f"SELECT pack, interaction, rule, outcome, messages FROM {results.outcomes}"  # noqa: S608
        ).fetchall()


def _waived(settings: BatchSettings) -> Iterator[archive.Waived]:
    """
    What is ignored or waived. Where names of sources are hashed, nothing tells which messages a form of them speaks of.
    """
    yield from map(archive.Waived, sorted(settings.ignore))
    for each in settings.waivers:
        if settings.today <= each.expires and not (each.source is not None and settings.hash_names):
            yield archive.Waived(each.rule, each.pack, each.interaction, each.sender, each.source)


def _tally(whole: Part, over_all: Mapping[Count, int], packs: Iterable[RulePack]) -> Tally:
    """
    Outcomes by how much they weigh; a rule over the archive counts in the place of what its messages came to.
    """
    severities = {(pack.name, rule.id): rule.severity for pack in packs for rule in pack.all_rules}
    decided = {(each.pack, each.interaction, each.rule) for each in over_all}
    counted = [
        *((each, number) for each, number in whole.outcomes.items() if each[:3] not in decided),
        *over_all.items(),
    ]
    kinds: Counter[Kind] = Counter()
    for each, number in counted:
        kinds[kind(each.outcome, severities.get((each.pack, each.rule), Severity.ERROR))] += number
    verdicts = Counter({Verdict(name): number for name, number in whole.verdicts.items()})
    return Tally(verdicts, kinds, whole.judged)
