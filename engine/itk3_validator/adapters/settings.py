"""
Settings from the command line and the file that `--config` names, and from nowhere else; the command line wins.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from itk3_validator import CallInvalid, Limits, did_you_mean
from itk3_validator.adapters.options import ALL_OPTIONS, RESPONSE, Option, Shape
from itk3_validator.inputs.columns import GUESSED, Columns
from itk3_validator.lazy import pattern
from itk3_validator.report.formats import FORMATS
from itk3_validator.value import Row, Value

if TYPE_CHECKING:
    from pathlib import Path

    from itk3_validator import Responder

_UNITS = {"": 1, "b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
_SIZE = pattern(r"([0-9]{1,15}) ?([a-z]*)", re.ASCII)
_LARGEST_FILE = 1_000_000
_FILES = frozenset({"request", "baseline", "token_file", "tls_cert", "tls_key"})


class Format(Row):
    """
    A format and where its report goes; without a path to standard output.
    """

    name: str
    path: Path | None


class Settings(Value):
    """
    What was asked for. Packs are names or folders; none means that the bundled ones compete.
    """

    packs: tuple[str | Path, ...] | None
    facts: Mapping[str, str]
    interaction: str | None
    request: Path | None
    formats: tuple[Format, ...]
    only: frozenset[str]
    ignore: frozenset[str]
    fail_on: frozenset[str]
    show_values: bool
    trust_packs: bool
    quiet: bool
    verbose: bool
    colour: str
    hash_names: bool
    limits: Limits
    columns: Columns = GUESSED
    waivers: tuple[Path, ...] = ()
    baseline: Path | None = None
    cache: bool = True
    processes: int | None = None
    time_limit: int | None = None
    stream: str | None = None
    responder: Responder | None = None


def settings_from(given: Mapping[str, Any], config: str | None) -> Settings:
    """
    Put the options given on the command line over those of the settings file.

    A list on the command line replaces the file's list; facts are replaced one by one. Paths in the file are relative
    to the file's folder.

    Args:
        given: Option (`fail_on`) to what the command line holds; None where it is silent.

        config: The settings file, if there is one.

    Raises:
        CallInvalid: Anything in it that cannot be meant.
    """
    return _settings(values_from(given, config))


def values_from(given: Mapping[str, Any], config: str | None) -> dict[str, Any]:
    """
    The same as values by their keys, each of its shape, where a command has settings of its own among them.
    """
    stated = {
        option.key: _stated(option, given[option.key]) for option in ALL_OPTIONS if given.get(option.key) is not None
    }
    filed = _with_base(read_config(_path(config)), _path(config).parent) if config is not None else {}
    facts = {**filed.get("fact", {}), **stated.get("fact", {})}
    return {**_unless_contradicted(filed, stated), **stated, "fact": facts}


def read_config(path: Path) -> dict[str, Any]:
    """
    The settings file, each key checked and of its shape.
    """
    import tomllib

    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
        table = tomllib.loads(data.decode("utf-8")) if len(data) <= _LARGEST_FILE else None
    except OSError as error:
        raise CallInvalid(f"the settings {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise CallInvalid(f"{path}: {error}") from None
    if table is None:
        raise CallInvalid(f"{path}: settings are larger than {_LARGEST_FILE:,} bytes")
    problems = [problem for key, value in table.items() if (problem := _problem(key, value))]
    if problems:
        raise CallInvalid("\n".join(f"{path}: {each}" for each in problems))
    return {key.replace("-", "_"): _listed(key, value) for key, value in table.items()}


_BY_NAME = {option.name: option for option in ALL_OPTIONS}


def _problem(key: str, value: object) -> str:
    option = _BY_NAME.get(key)
    if option is None:
        return f"{key!r} was unexpected; {did_you_mean(key, _BY_NAME)}"
    return "" if _fits(option.shape, value) else f"{key!r} has to be {option.shape.value}"


def _fits(shape: Shape, value: object) -> bool:
    match shape:
        case Shape.SWITCH:
            return isinstance(value, bool)
        case Shape.FACTS:
            return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
        case Shape.TEXTS:
            return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))
        case Shape.NUMBER:
            return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
        case Shape.TEXT:
            return isinstance(value, str)


def _listed(key: str, value: Any) -> Any:
    if _BY_NAME[key].shape is Shape.TEXTS and isinstance(value, str):
        return [value]
    return str(value) if _BY_NAME[key].shape is Shape.NUMBER else value


def _with_base(filed: dict[str, Any], base: Path) -> dict[str, Any]:
    changed = dict(filed)
    if "pack" in filed:
        changed["pack"] = [str(base / each) if _is_folder(each) else each for each in filed["pack"]]
    for key in _FILES.intersection(filed):
        changed[key] = str(base / filed[key])
    if "waivers" in filed:
        changed["waivers"] = [str(base / each) for each in filed["waivers"]]
    if "format" in filed:
        changed["format"] = [_format_beside(each, base) for each in filed["format"]]
    return changed


def _format_beside(text: str, base: Path) -> str:
    name, colon, file = text.partition(":")
    return f"{name}:{base / file}" if file else f"{name}{colon}"


def _unless_contradicted(filed: dict[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    pair = {"quiet", "verbose"}
    return {key: value for key, value in filed.items() if not (key in pair and any(stated.get(each) for each in pair))}


def _stated(option: Option, value: Any) -> Any:
    return _facts(value) if option.shape is Shape.FACTS else value


def _facts(stated: Collection[str]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for each in stated:
        name, sign, value = each.partition("=")
        if not (name and sign):
            raise CallInvalid(f"--fact {each!r} is not NAME=VALUE, such as recipient=primary")
        if facts.setdefault(name, value) != value:
            raise CallInvalid(f"--fact {name} is stated as {facts[name]!r} and as {value!r}")
    return facts


def _settings(values: Mapping[str, Any]) -> Settings:
    for option in ALL_OPTIONS:
        _check_choice(option, values.get(option.key))
    if values.get("quiet") and values.get("verbose"):
        raise CallInvalid("--quiet and --verbose contradict each other")
    request, baseline = values.get("request"), values.get("baseline")
    if values.get("only") and any(each.partition(":")[0] == RESPONSE for each in values.get("format") or ()):
        raise CallInvalid(
            "--only and --format itk3-response contradict each other: an answer speaks of all requirements"
        )
    return Settings(
        packs=tuple(_pack(each) for each in values["pack"]) if values.get("pack") else None,
        facts=values["fact"],
        interaction=values.get("interaction"),
        request=None if request is None else _path(request),
        formats=_formats(values.get("format") or ["ndjson" if values.get("stream") else "text"]),
        only=frozenset(values.get("only") or ()),
        ignore=frozenset(values.get("ignore") or ()),
        fail_on=frozenset(values.get("fail_on") or ["error"]),
        show_values=bool(values.get("show_values")),
        trust_packs=bool(values.get("trust_pack")),
        quiet=bool(values.get("quiet")),
        verbose=bool(values.get("verbose")),
        colour=values.get("colour") or "auto",
        hash_names=values.get("source_names") == "hash",
        limits=_limits(values),
        columns=Columns(values.get("message_column"), values.get("name_column")),
        waivers=tuple(map(_path, values.get("waivers") or ())),
        baseline=None if baseline is None else _path(baseline),
        cache=values.get("cache") is not False,
        processes=_number("processes", values.get("processes"), most=1_000),
        time_limit=_number("time-limit", values.get("time_limit"), most=86_400),
        stream=values.get("stream"),
        responder=_responder(*(values.get(f"responder_{each}") for each in ("ods", "mailbox", "name"))),
    )


def _responder(ods: str | None, mailbox: str | None, name: str | None) -> Responder | None:
    if ods is None and mailbox is None and name is None:
        return None
    if ods is None or mailbox is None:
        raise CallInvalid("who answers is said by --responder-ods and --responder-mailbox; say both")
    from itk3_validator import Responder

    return Responder(ods, mailbox, name)


def _check_choice(option: Option, value: Any) -> None:
    if not option.choices:
        return
    for each in [value] if isinstance(value, str) else value or ():
        if each not in option.choices:
            raise CallInvalid(f"--{option.name} {each!r} is not known; {did_you_mean(each, option.choices)}")


def _is_folder(text: str) -> bool:
    return text.startswith(".") or any(each in text for each in {"/", os.sep})


def _pack(text: str) -> str | Path:
    return _path(text) if _is_folder(text) else text


def _formats(texts: Collection[str]) -> tuple[Format, ...]:
    formats = tuple(_format(each) for each in texts)
    targets = [os.path.realpath(each.path) if each.path else None for each in formats]
    for target in targets:
        if targets.count(target) > 1:
            where = "standard output" if target is None else str(target)
            raise CallInvalid(f"--format: two reports cannot both go to {where}; write one to a file: json:report.json")
    return formats


def _format(text: str) -> Format:
    name, colon, file = text.partition(":")
    if name not in FORMATS and name != RESPONSE:
        raise CallInvalid(f"--format {name!r} is not known; {did_you_mean(name, (*FORMATS, RESPONSE))}")
    if colon and not file:
        raise CallInvalid(f"--format {text!r} names no file after the colon")
    return Format(name, _path(file) if file else None)


def _path(text: str) -> Path:
    from pathlib import Path  # slow to import

    return Path(text)


def _limits(values: Mapping[str, Any]) -> Limits:
    defaults = Limits()
    return Limits(
        message=_size("max-size", values.get("max_size"), defaults.message),
        markup=_size("max-markup", values.get("max_markup"), defaults.markup),
        depth=_size("max-depth", values.get("max_depth"), defaults.depth),
        entries=_size("max-entries", values.get("max_entries"), defaults.entries),
        ratio=_size("max-ratio", values.get("max_ratio"), defaults.ratio),
    )


def _size(name: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    match = _SIZE.fullmatch(text.strip().lower())
    unit = _UNITS.get(match[2]) if match else None
    if match is None or unit is None or not int(match[1]):
        raise CallInvalid(f"--{name} {text!r} is not a size such as 5000000, 100MB or 1GB")
    return int(match[1]) * unit


def number_of(values: Mapping[str, Any], key: str, default: int, *, most: int, least: int = 1) -> int:
    """
    The number that stands at a key of `values_from`, or the default.
    """
    found = _number(key.replace("_", "-"), values.get(key), most=most, least=least)
    return default if found is None else found


def _number(name: str, text: str | None, *, most: int, least: int = 1) -> int | None:
    if text is None:
        return None
    found = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
    if not least <= found <= most:
        raise CallInvalid(f"--{name} {text!r} is not a whole number from {least} to {most:,}")
    return found
