"""
What a run is made of: its sources, its packs and its settings. One that goes on has to be made of the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from itk3_validator.archive import keys
from itk3_validator.batch.judging import Judge
from itk3_validator.batch.settings import BatchSettings
from itk3_validator.inputs.locate import Located
from itk3_validator.report.visible import hashed
from itk3_validator.value import parts
from itk3_validator.version import __version__

FORMAT: Final = "2"
_NOT_SAID: Final = "not said"


def manifest(
    judge: Judge, located: Iterable[Located], secret: bytes, more: Mapping[str, str | None]
) -> Mapping[str, Mapping[str, str]]:
    """
    Everything that the results of a run depend on, as text; what may be about a patient as a hash.

    Args:
        secret: the key of the run's hashes.

        more: further settings; None, where nothing is said.
    """
    settings = judge.settings
    return {
        "program": {"itk3": __version__, "format": FORMAT},
        "sources": {
            str(number): hashed(each.name) if settings.hash_names else each.name for number, each in enumerate(located)
        },
        "packs": {pack.name: f"{pack.version} {pack.digest}" for pack in judge.validator.packs},
        "settings": {**dict(_settings(settings, secret)), **{name: value or _NOT_SAID for name, value in more.items()}},
    }


def _settings(settings: BatchSettings, secret: bytes) -> Iterator[tuple[str, str]]:
    for name, value in settings.facts:
        yield f"--fact {name}", keys.hashed(value, secret)
    yield "--interaction", settings.interaction or _NOT_SAID
    request = settings.request
    yield "--request", _NOT_SAID if request is None else hashlib.sha256(request.data).hexdigest()
    yield "--only", " ".join(sorted(settings.only)) or _NOT_SAID
    yield "--ignore", " ".join(sorted(settings.ignore)) or _NOT_SAID
    yield "--waivers", keys.hashed(repr(settings.waivers), secret) if settings.waivers else _NOT_SAID
    yield "--show-values", _switch(on=settings.show_values)
    yield "--trust-pack", _switch(on=settings.trust_packs)
    yield "--source-names", "hash" if settings.hash_names else "plain"
    yield "--max-...", " ".join(map(str, parts(settings.limits)))


def _switch(*, on: bool) -> str:
    return "yes" if on else "no"


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """
    What has changed between two manifests, a sentence each.
    """
    return tuple(
        _difference(section, name, before.get(section, {}).get(name), now.get(section, {}).get(name))
        for section in dict.fromkeys([*before, *now])
        for name in dict.fromkeys([*before.get(section, {}), *now.get(section, {})])
        if before.get(section, {}).get(name) != now.get(section, {}).get(name)
    )


def _difference(section: str, name: str, before: str | None, now: str | None) -> str:
    if section == "sources":
        return f"source {int(name) + 1} was {before or 'not there'}, and is {now or 'not there'}"
    if section == "packs":
        return _pack_difference(name, before, now)
    if section == "program":
        return f"it was begun by {name} {before}, and this is {now}"
    if name in ("--waivers", "--request") or name.startswith("--fact"):
        return f"{name} {_hidden(before, now)}"
    return f"{name} was {before or _NOT_SAID}, and is {now or _NOT_SAID}"


def _hidden(before: str | None, now: str | None) -> str:
    """
    What became of a setting that is kept as a hash.
    """
    said = [value not in (None, _NOT_SAID) for value in (before, now)]
    return "is another" if all(said) else f"was {'' if said[0] else 'not '}said, and is {'' if said[1] else 'not '}said"


def _pack_difference(name: str, before: str | None, now: str | None) -> str:
    if before is None or now is None:
        return f"the pack {name} was {'not ' if before is None else ''}used"
    (old, _), (new, _) = before.split(), now.split()
    return f"the pack {name} has changed" + (f": it was {old}, and is {new}" if old != new else "")
