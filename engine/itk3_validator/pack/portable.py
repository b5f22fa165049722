"""
A checked pack as plain JSON and back, exactly. What comes back is held to its shape, field by field.

Two parts: the *head* says what tells messages apart; the *body* holds the rules, and is read when one is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import AnyOf, Ask, CodeList, Range, Target
from itk3_validator.finding import LEVELS, Outcome
from itk3_validator.pack.archive_rule import (
    AfterRequest,
    Answered,
    ArchiveRule,
    Covers,
    NoAnswerBefore,
    RequestKnown,
    UniqueValue,
)
from itk3_validator.pack.bundled import Folder
from itk3_validator.pack.later import LaterMapping, LaterSequence, LaterTable
from itk3_validator.pack.model import Each, Extent, Fact, Interaction, NotCheckable, Rule, RulePack, Selector, Trial
from itk3_validator.value import Row, replace
from itk3_validator.xpath.part import Location, Part

Plain: TypeAlias = Any
OUTCOMES = {each.value: each for each in Outcome}


class NotPortable(ValueError):
    """
    Data that is not of the shape of a pack.
    """


class Codec(Row):
    """
    How one kind of value is written as plain data, and read again. What is of one of *types* is read as it is, and
    nothing else can be read.
    """

    write: Callable[[Any], Plain]
    read: Callable[[Plain], Any]
    types: frozenset[type] = frozenset()


def _same(value: Any) -> Any:
    return value


def _of(kind: type, wanted: str) -> Codec:
    def read(plain: Plain) -> Any:
        if type(plain) is not kind:
            raise NotPortable(f"{type(plain).__name__} in place of {wanted}")
        return plain

    return Codec(_same, read, frozenset({kind}))


def _among(known: Mapping[str, Any], wanted: str) -> Codec:
    def read(plain: Plain) -> str:
        if type(plain) is not str or plain not in known:
            raise NotPortable(f"no {wanted}")
        return plain

    return Codec(_same, read)


def maybe(codec: Codec) -> Codec:
    """
    None, or what *codec* knows.
    """
    write, back, types = codec
    return Codec(
        lambda value: None if value is None else write(value),
        lambda plain: None if plain is None else back(plain),
        types | {type(None)} if types else types,
    )


def many(codec: Codec) -> Codec:
    """
    A tuple.
    """
    write, back, _ = codec

    def read(plain: Plain) -> tuple[Any, ...]:
        return tuple([back(each) for each in _list(plain)])

    return Codec(lambda value: [write(each) for each in value], read)


def table(codec: Codec) -> Codec:
    """
    A mapping from texts.
    """
    write, back, _ = codec

    def read(plain: Plain) -> dict[str, Any]:
        return {name: back(each) for name, each in _dict(plain).items()}

    return Codec(lambda value: {name: write(each) for name, each in value.items()}, read)


def value(kind: Callable[..., Any], **codecs: Codec) -> Codec:
    """
    A value of *kind*; *codecs* are those of its fields, in their order.
    """
    names, writes = tuple(codecs), [each.write for each in codecs.values()]
    if names != getattr(kind, "fields", getattr(kind, "_fields", None)):
        raise TypeError(f"the fields of {kind} are others than those that are kept: {', '.join(names)}")
    backs = [(at, each.read, each.types) for at, each in enumerate(codecs.values())]

    def write(value: Any) -> Plain:
        return [each(getattr(value, name)) for name, each in zip(names, writes, strict=True)]

    def read(plain: Plain) -> Any:
        if len(_list(plain)) != len(backs):
            raise NotPortable(f"{len(plain)} fields in place of {len(backs)}")
        # Most fields are texts, and to call a function for each would take as long as all the rest.
        return kind(*[each if type(each := plain[at]) in types else back(each) for at, back, types in backs])

    return Codec(write, read)


def _list(plain: Plain) -> list[Plain]:
    if type(plain) is not list:
        raise NotPortable("no list")
    return plain


def _dict(plain: Plain) -> dict[str, Plain]:
    if type(plain) is not dict:
        raise NotPortable("no table")
    return plain


def _nothing(value: Any) -> Any:
    raise NotPortable(f"{type(value).__name__} where nothing is expected")


def _write_options(value: Any) -> Plain:
    """
    What a verb keeps of its options: text, None and true as they are, tuples as lists, the rest with its kind.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Mapping):
        return {"table": {name: _write_options(each) for name, each in value.items()}}
    for name, (kind, codec) in _KINDS.items():
        if isinstance(value, kind):
            return {name: codec.write(value)}
    if isinstance(value, tuple):
        return [_write_options(each) for each in value]
    raise NotPortable(f"a verb with a {type(value).__name__} among its options")


def _read_options(plain: Plain) -> Any:
    if plain is None or type(plain) in (str, bool):
        return plain
    if type(plain) is list:
        return tuple([_read_options(each) for each in plain])
    if len(_dict(plain)) != 1:
        raise NotPortable("no options of a verb")
    [(name, inner)] = plain.items()
    if name == "table":
        return {key: _read_options(each) for key, each in _dict(inner).items()}
    if name not in _KINDS:
        raise NotPortable(f"unknown kind {name!r}")
    return _KINDS[name][1].read(inner)


def _read_check(plain: Plain) -> Ask | AnyOf:
    check = _read_options(plain)
    if not isinstance(check, (Ask, AnyOf)):
        raise NotPortable("no check")
    return check


TEXT, FLAG, NUMBER = _of(str, "text"), _of(bool, "true or false"), _of(int, "a whole number")
TEXTS, TEXT_OR_NONE, TEXT_TABLE = many(TEXT), maybe(TEXT), table(TEXT)
ROWS = table(TEXT_TABLE)
OPTIONS = Codec(_write_options, _read_options)
CHECKS = many(Codec(_write_options, _read_check))
OUTCOME = Codec(str, lambda plain: OUTCOMES[_among(OUTCOMES, "outcome").read(plain)])
RANGE = value(Range, low=NUMBER, high=maybe(NUMBER))
SPAN = Codec(list, lambda plain: _pair(many(NUMBER).read(plain)))
TARGET = value(Target, written=TEXT, xpath=TEXT, label=TEXT, of_request=FLAG, relative=FLAG, safe=FLAG)
ASK = value(Ask, target=maybe(TARGET), verb=_among(VERBS, "verb"), options=OPTIONS, count=maybe(RANGE), some=FLAG)
_KINDS: dict[str, tuple[type, Codec]] = {
    "range": (Range, RANGE),
    "target": (Target, TARGET),
    "ask": (Ask, ASK),
    "any-of": (AnyOf, value(AnyOf, branches=many(CHECKS))),
}
CODE_LIST = value(CodeList, name=TEXT, rows=ROWS, system=TEXT_OR_NONE, span=maybe(SPAN), described=maybe(ROWS))
LOCATION = many(value(Part, name=TEXT, predicates=TEXTS))
SELECTOR = value(
    Selector,
    name=TEXT,
    pack=TEXT,
    label=TEXT,
    xpath=TEXT_OR_NONE,
    follow=TEXT_OR_NONE,
    safe=FLAG,
    expensive=TEXT_OR_NONE,
    extent=value(Extent, length=NUMBER, depth=NUMBER, rounds=NUMBER),
    # Judging asks for none: `unpacked` makes locations of what is plain when somebody looks.
    location=Codec(LOCATION.write, _list),
)
FACT = value(Fact, name=TEXT, values=TEXTS, unstated=OUTCOME, text=TEXT_OR_NONE, mesh=TEXT_OR_NONE)
INTERACTION = value(
    Interaction,
    name=TEXT,
    pack=TEXT,
    title=TEXT_OR_NONE,
    published_as=TEXTS,
    answers=TEXT_OR_NONE,
    requires=CHECKS,
    clues=CHECKS,
)
RULE = value(
    Rule,
    id=TEXT,
    pack=TEXT,
    text=TEXT,
    level=_among(LEVELS, "level"),
    interactions=TEXTS,
    when=CHECKS,
    given=table(TEXTS),
    each=maybe(value(Each, target=TARGET, count=maybe(RANGE))),
    check=CHECKS,
    message=TEXT_OR_NONE,
    remedy=TEXT_OR_NONE,
    response_code=TEXT_OR_NONE,
    part=TEXT_OR_NONE,
    status=TEXT,
    source=TEXT_OR_NONE,
    link=TEXT_OR_NONE,
    xpath=TEXT,
    unprovable=TEXT_OR_NONE,
)
_ARCHIVE_ASKS: dict[str, tuple[type, Codec]] = {
    "answered": (Answered, value(Answered, by=CHECKS, unless=CHECKS, count=RANGE, within=maybe(NUMBER))),
    "request-known": (RequestKnown, value(RequestKnown, within=NUMBER)),
    "after-request": (AfterRequest, value(AfterRequest, tolerance=NUMBER)),
    "no-answer-before": (NoAnswerBefore, value(NoAnswerBefore, that=CHECKS)),
    "unique": (UniqueValue, value(UniqueValue, of=TARGET, per=many(TARGET))),
    "covers": (Covers, value(Covers, of=TARGET, codes=TEXT)),
}


def _write_asks(asks: Any) -> Plain:
    return next([name, codec.write(asks)] for name, (kind, codec) in _ARCHIVE_ASKS.items() if isinstance(asks, kind))


def _read_asks(plain: Plain) -> Any:
    match plain:
        case [str(name), inner] if name in _ARCHIVE_ASKS:
            return _ARCHIVE_ASKS[name][1].read(inner)
    raise NotPortable("no verb of the archive")


ARCHIVE_RULE = value(
    ArchiveRule,
    id=TEXT,
    pack=TEXT,
    text=TEXT,
    level=_among(LEVELS, "level"),
    interactions=TEXTS,
    when=CHECKS,
    verb=_among(_ARCHIVE_ASKS, "verb of the archive"),
    asks=Codec(_write_asks, _read_asks),
    message=TEXT_OR_NONE,
    remedy=TEXT_OR_NONE,
    response_code=TEXT_OR_NONE,
    part=TEXT_OR_NONE,
    status=TEXT,
    source=TEXT_OR_NONE,
    link=TEXT_OR_NONE,
    unprovable=TEXT_OR_NONE,
)
NOT_CHECKABLE = value(NotCheckable, id=TEXT, pack=TEXT, because=TEXT)
NOTHING = Codec(_nothing, _nothing)
_TRIAL = {
    "name": TEXT_OR_NONE,
    "message": TEXT,
    "facts": TEXT_TABLE,
    "request": TEXT_OR_NONE,
    "interaction": TEXT_OR_NONE,
    "change": TEXT_TABLE,
    "remove": TEXTS,
    "repeat": TEXTS,
    "insert": TEXT_TABLE,
    "expect": Codec(
        lambda value: {str(outcome): list(ids) for outcome, ids in value.items()},
        lambda plain: {OUTCOME.read(name): ids for name, ids in table(TEXTS).read(plain).items()},
    ),
    "file": Codec(lambda value: value.replace("\\", "/").rpartition("/")[2], TEXT.read),
    "line": NUMBER,
}
# The messages of a test of the archive are tests without messages of their own.
TRIAL = value(Trial, **_TRIAL, messages=many(value(Trial, **_TRIAL, messages=many(NOTHING))))
HEAD = {
    "name": TEXT,
    "version": TEXT,
    "title": TEXT,
    "source": TEXT_TABLE,
    "digest": TEXT,
    "lineage": TEXTS,
    "namespaces": TEXT_TABLE,
    "facts": table(FACT),
    "interactions": table(INTERACTION),
    "dropped": TEXT_TABLE,
}
# Read one by one: a message needs few of those that there are.
SELECTORS = table(SELECTOR)
BODY = {
    "code_lists": table(CODE_LIST),
    "rules": many(RULE),
    "archive": many(ARCHIVE_RULE),
    "not_checkable": many(NOT_CHECKABLE),
    "tests": many(TRIAL),
}


def head(pack: RulePack) -> Plain:
    """
    What a pack is and how its messages are recognised.
    """
    plain = {name: codec.write(getattr(pack, name)) for name, codec in HEAD.items()}
    return {**plain, "selectors": SELECTORS.write(pack.selectors)}


def body(pack: RulePack) -> Plain:
    """
    The rules, code lists and tests of a pack. A test's file is told by its name: the folder may be elsewhere later.
    """
    return {name: codec.write(getattr(pack, name)) for name, codec in BODY.items()}


def unpacked(head: Plain, body: Callable[[], Plain], folder: Folder, mend: Callable[[], RulePack]) -> RulePack:
    """
    The pack that was written as *head* and *body*.

    Args:
        folder: where its files are.

        body: called when a rule or test is first looked at.

        mend: gives the pack when the body turns out not to be of its shape.

    Raises:
        NotPortable: The head is not of its shape.
    """
    fields: dict[str, Any] = {name: codec.read(_field(head, name)) for name, codec in HEAD.items()}

    def read(name: str) -> Any:
        try:
            made = BODY[name].read(_field(body(), name))
        except (ValueError, RecursionError):
            return getattr(mend(), name)
        return tuple([_placed(each, folder) for each in made]) if name == "tests" else made

    written = _dict(_field(head, "selectors"))

    def mended(name: str) -> Selector:
        found = mend().selectors.get(name)
        if found is None:
            raise NotPortable(f"the selector {name!r} is not one of the pack")
        return found

    def selector(name: str) -> Selector:
        try:
            made: Selector = SELECTOR.read(written[name])
        except (ValueError, RecursionError):
            return mended(name)
        return replace(made, location=LaterSequence(partial(location, name, made.location)))

    def location(name: str, plain: Plain) -> Location:
        try:
            made: Location = LOCATION.read(plain)
        except (ValueError, RecursionError):
            return mended(name).location
        return made

    return RulePack(
        **fields,
        selectors=LaterTable(written, selector),
        code_lists=LaterMapping(partial(read, "code_lists")),
        rules=LaterSequence(partial(read, "rules")),
        archive=LaterSequence(partial(read, "archive")),
        not_checkable=LaterSequence(partial(read, "not_checkable")),
        tests=LaterSequence(partial(read, "tests")),
    )


def _placed(trial: Trial, folder: Folder) -> Trial:
    """
    A test with the place of its file as the pack's folder is named now.
    """
    messages = tuple([_placed(each, folder) for each in trial.messages])
    return replace(trial, file=str(folder / trial.file), messages=messages)


def _field(plain: Plain, name: str) -> Plain:
    if name not in _dict(plain):
        raise NotPortable(f"{name} is missing")
    return plain[name]


def _pair(read: tuple[int, ...]) -> tuple[int, int]:
    if len(read) != 2:
        raise NotPortable("no span")
    return read[0], read[1]
