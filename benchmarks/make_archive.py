"""
Archives as they are kept, made by a seeded generator, and what a run over them has to count.

    python -m benchmarks.make_archive OUT --messages 50000 --as parquet

Reports and the responses to them lie in any order: some reports are never answered, some responses answer nothing that
is there. Every tenth message breaks one requirement; some are there twice, some are cut off, some are no ITK3 message.
The same number and seed give the same archive. OUT is the folder or file; what a run with `--pack gpcm-sd-oc` and no
facts has to count goes to OUT.expected.json.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import re
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.messages import drawn, fault_of, made
from itk3_validator import Source, Validator

PACK = "gpcm-sd-oc"
FOREIGN = b'<?xml version="1.0"?>\n<Patient xmlns="http://hl7.org/fhir"/>\n'
_MESSAGE_ID = "uuid 17179771-0164-4613-b674-13e0c0fdde4d"
_SENDER_REFERENCE = "uuid 821207a9-a4ba-41dc-a7a2-d9bb5342f4da"
_REQUEST_TIME, _RESPONSE_TIME = "time 09 42", "time 10 05"
_NO_REPORTS = frozenset({"response", "orphan", "cut", "foreign"})
# Of a hundred reports: so many are answered; of a hundred messages: so many more of these.
_ANSWERED, _ORPHANS, _TWICE, _CUT, _FOREIGN = 80, 1, 1, 1, 1


class Planned(NamedTuple):
    """
    One message of an archive, before it is made.

    *kind*: `small`, another kind of report, `response`, `orphan` (a response to nothing that is there), `cut` or
    `foreign`. *number*: that of the report and of the response to it. *again*: it is there for the second time.
    """

    kind: str
    number: int
    again: bool = False


@dataclass(frozen=True)
class Pairs:
    """
    How messages belong together. What is there twice counts twice.

    *answered*: responses whose request is there; *differing*: those of them that bear another SenderReference.
    *orphans*: responses whose request is not there. *twice*: messages that are there for the second time.
    """

    requests: int
    answered: int
    differing: int
    orphans: int
    twice: int


@dataclass(frozen=True)
class Expected:
    """
    What a run over an archive counts.

    *outcomes*: pack, interaction, rule, outcome and number, before the rules over the archive.
    """

    messages: int
    verdicts: Mapping[str, int]
    outcomes: tuple[tuple[str, str, str, str, int], ...]
    pairs: Pairs


@cache
def plan(messages: int, seed: int = 1, report: str = "small", answered: int = _ANSWERED) -> tuple[Planned, ...]:
    """
    The messages of an archive, in its order.

    Args:
        report: the kind of its reports.

        answered: of a hundred of these so many have a response.
    """
    draw = random.Random(f"archive {messages} {seed}")
    found: list[Planned] = []
    for number in range(messages):
        found.append(Planned(report, number))
        if draw.randrange(100) < answered:
            found.append(Planned("response", number))
        for kind, share in (("orphan", _ORPHANS), ("cut", _CUT), ("foreign", _FOREIGN)):
            if draw.randrange(100) < share:
                found.append(Planned(kind, number))
        if draw.randrange(100) < _TWICE:
            found.append(draw.choice(found[-5:])._replace(again=True))
        if len(found) >= messages:
            break
    del found[messages:]
    draw.shuffle(found)
    return tuple(found)


def message(planned: Planned, seed: int = 1) -> bytes:
    """
    The bytes of one message.
    """
    kind, number, _ = planned
    if kind == "foreign":
        return FOREIGN
    if kind == "cut":
        return made("response", seed, number).data[:-200]
    if kind == "orphan":
        return made("response", seed + 1_000_000, number).data
    if kind == "response":
        return made("response", seed, number, _of_request(seed, number)).data
    return made(kind, seed, number).data


def _of_request(seed: int, number: int) -> Mapping[str, str]:
    """
    What a response takes over from its request. All kinds of report would draw the same ids under one seed.
    """
    request = drawn("small", seed, number)
    day = request[_REQUEST_TIME].partition("T")[0]
    return {
        _MESSAGE_ID: request[_MESSAGE_ID],
        _SENDER_REFERENCE: request[_SENDER_REFERENCE],
        _RESPONSE_TIME: f"{day}T10:05:{number % 60:02d}+00:00",
    }


def expected(planned: Iterable[Planned], seed: int = 1, pack: str | Path = PACK) -> Expected:
    """
    What has to be counted: for each kind of message and fault one message is judged, and taken as often as it is there.
    """
    there = tuple(planned)
    validator = Validator([pack])
    profiles: dict[tuple[str, str | None], Any] = {}
    verdicts: Counter[str] = Counter()
    outcomes: Counter[tuple[str, str, str, str]] = Counter()
    for each in there:
        fault = _fault_of(each)
        key = each.kind, fault
        if key not in profiles:
            profiles[key] = validator.validate(Source("expected", message(each, seed)))
    for key, number in Counter((each.kind, _fault_of(each)) for each in there).items():
        report = profiles[key]
        verdicts[str(report.verdict)] += number
        for rule, outcome in report.outcomes.items():
            outcomes[report.pack, report.interaction, rule, str(outcome)] += number
    counted = tuple((*key, number) for key, number in sorted(outcomes.items()))
    return Expected(len(there), dict(sorted(verdicts.items())), counted, _pairs(there))


def times(counted: Expected, copies: int) -> Expected:
    """
    What to expect of so many copies.
    """
    return Expected(
        counted.messages * copies,
        {verdict: number * copies for verdict, number in counted.verdicts.items()},
        tuple((*key, number * copies) for *key, number in counted.outcomes),
        Pairs(**{name: number * copies for name, number in asdict(counted.pairs).items()}),
    )


def _fault_of(planned: Planned) -> str | None:
    if planned.kind in ("cut", "foreign"):
        return None
    fault = fault_of("response" if planned.kind == "orphan" else planned.kind, planned.number)
    return None if fault is None else fault.name


def _pairs(there: tuple[Planned, ...]) -> Pairs:
    requests = {each.number: _fault_of(each) for each in there if each.kind not in _NO_REPORTS}
    responses = [each.number for each in there if each.kind == "response"]
    answered = [number for number in responses if number in requests]
    return Pairs(
        requests=sum(each.kind not in _NO_REPORTS for each in there),
        answered=len(answered),
        differing=sum(requests[number] == "SenderReference is None" for number in answered),
        orphans=len(responses) - len(answered) + sum(each.kind == "orphan" for each in there),
        twice=sum(each.again for each in there),
    )


# Writing -------------------------------------------------------------------------------------------------------------

Named = tuple[str, bytes]
_UUID_START = re.compile(rb"[0-9a-f]{8}(?=-[0-9a-f]{4}-)")


def named(planned: Iterable[Planned], seed: int = 1, copies: int = 1) -> Iterator[Named]:
    """
    The messages with the names of their files, a thousand in a folder; each copy of all of them has UUIDs of its own.
    """
    made = (message(each, seed) for each in planned)
    if copies > 1:
        made = (_other(each, copy) for kept in [list(made)] for copy in range(copies) for each in kept)
    for number, data in enumerate(made):
        yield f"{number // 1000:04d}/{number % 1000:03d}.xml", data


def _other(data: bytes, copy: int) -> bytes:
    if not copy:
        return data
    return _UUID_START.sub(lambda found: b"%08x" % ((int(found[0], 16) + copy * 0x9E3779B1) & 0xFFFFFFFF), data)


def as_folder(out: Path, messages: Iterable[Named]) -> None:
    """
    Files in folders.
    """
    for name, data in messages:
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def as_zip(out: Path, messages: Iterable[Named]) -> None:
    """
    A zip archive, deflated.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in messages:
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def as_tar(out: Path, messages: Iterable[Named]) -> None:
    """
    A tar archive in gzip.
    """
    with gzip.GzipFile(out, "wb", mtime=0) as stream, tarfile.open(fileobj=stream, mode="w") as packed:
        for name, data in messages:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))


def as_ndjson(out: Path, messages: Iterable[Named]) -> None:
    """
    A JSON object a line.
    """
    with out.open("w", encoding="utf-8", newline="\n") as lines:
        for name, data in messages:
            lines.write(json.dumps({"name": name, "message": data.decode()}) + "\n")


def as_parquet(out: Path, messages: Iterable[Named]) -> None:
    """
    Parquet with row groups of 500 messages.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("name", pa.string()), ("message", pa.binary())])
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        rows: list[Named] = []
        for each in messages:
            rows.append(each)
            if len(rows) == 500:
                writer.write_batch(_batch(rows, schema))
                rows = []
        if rows:
            writer.write_batch(_batch(rows, schema))


def _batch(rows: list[Named], schema: Any) -> Any:
    import pyarrow as pa

    return pa.record_batch([pa.array(column) for column in zip(*rows, strict=True)], schema=schema)


FORMS: dict[str, tuple[str, Callable[[Path, Iterable[Named]], None]]] = {
    "folder": ("", as_folder),
    "zip": (".zip", as_zip),
    "tar.gz": (".tar.gz", as_tar),
    "ndjson": (".ndjson", as_ndjson),
    "parquet": (".parquet", as_parquet),
}


def write(
    out: Path,
    messages: int,
    *,
    seed: int = 1,
    form: str = "folder",
    report: str = "small",
    answered: int = _ANSWERED,
    copies: int = 1,
) -> Expected:
    """
    Write an archive, and beside it what to expect of it.

    Args:
        copies: so many times *messages*, with other UUIDs each time: much faster to make than as many of their own.
    """
    planned = plan(messages, seed, report, answered)
    FORMS[form][1](out, named(planned, seed, copies))
    counted = times(expected(planned, seed), copies)
    out.with_name(f"{out.name}.expected.json").write_text(json.dumps(asdict(counted), indent=1), encoding="utf-8")
    return counted


def main(arguments: list[str]) -> int:
    """
    The command line.
    """
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as", dest="form", choices=tuple(FORMS), default="folder")
    parser.add_argument("--report", default="small", help="the kind of report, see benchmarks/messages.py")
    parser.add_argument("--answered", type=int, default=_ANSWERED, help="of a hundred reports so many have a response")
    parser.add_argument("--copies", type=int, default=1, help="so many times the messages, with other UUIDs")
    given = parser.parse_args(arguments)
    counted = write(
        given.out,
        given.messages,
        seed=given.seed,
        form=given.form,
        report=given.report,
        answered=given.answered,
        copies=given.copies,
    )
    print(f"{given.out}: {counted.messages:,} messages: {dict(counted.verdicts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
