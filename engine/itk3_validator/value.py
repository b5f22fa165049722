"""
Frozen values that cost little to define: what frozen dataclasses with slots and named tuples offer, made in a fraction
of the time.

A class body becomes a class while it is imported, so a command that judges one message pays for every class on its way.
Some 50 of them as dataclasses took 18 ms, two thirds of what lxml takes; 25 as `typing.NamedTuple` 4 ms, most of it to
compile annotations that nobody asks for.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform

__all__ = ["Frozen", "Row", "Value", "field", "members", "parts", "replace"]

_K = TypeVar("_K")
_T = TypeVar("_T")
_V = TypeVar("_V", bound="Value")
_E = TypeVar("_E", bound="EnumType")


class _Made:
    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Any]) -> Any:
    """
    A default that is made afresh for each value.
    """
    return _Made(default_factory)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class _ValueType(type):
    """
    Turns the annotations of a class into its slots.
    """

    fields: tuple[str, ...]
    defaults: Mapping[str, Any]
    setters: tuple[Callable[[Any, Any], None], ...]
    getter: Callable[[Any], tuple[Any, ...]] | None

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], *, eq: bool = True) -> Any:
        own = tuple(body.get("__annotations__", ()))
        defaults = {each: body.pop(each) for each in own if each in body}
        if not eq:
            body |= {"__eq__": object.__eq__, "__hash__": object.__hash__}
        made: Any = super().__new__(mcs, name, bases, {**body, "__slots__": own, "__match_args__": own})
        made.fields = own
        made.defaults = defaults
        made.setters = tuple(made.__dict__[each].__set__ for each in own)
        # Of one field an attrgetter gives no tuple.
        made.getter = attrgetter(*own) if len(own) > 1 else None
        return made


class Value(metaclass=_ValueType):
    """
    The base of frozen values. The annotations of a class are its fields; one with a default may be left out.

    With ``eq=False`` in the class statement a value is equal to itself alone.
    """

    def __init__(self, *values: Any, **named: Any) -> None:
        kind = type(self)
        if named or len(values) != len(kind.setters):
            values = _completed(kind, values, named)
        for put, value in zip(kind.setters, values):  # noqa: B905  # as many, and strict takes its time
            put(self, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return parts(self) == parts(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(parts(self))

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self).fields)
        return f"{type(self).__name__}({told})"

    def __reduce__(self) -> Any:
        return type(self), parts(self)

    def __replace__(self: _V, /, **changes: Any) -> _V:
        kind = type(self)
        return kind(**{**dict(zip(kind.fields, parts(self), strict=True)), **changes})


if TYPE_CHECKING:
    from enum import EnumType
    from typing import NamedTuple as Row
else:

    class _RowType(type):
        """
        Turns a class body into a named tuple, with what else stands in it.
        """

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, body)
            own = tuple(body["__annotations__"])
            defaults = [body[each] for each in own if each in body]
            made = namedtuple(name, own, defaults=defaults, module=body["__module__"])
            for each, held in body.items():
                if each not in own and each != "__module__":
                    setattr(made, each, held)
            return made

    class Row(metaclass=_RowType):
        """
        The base of named tuples: as `typing.NamedTuple`, whose annotations stay text.
        """


class Frozen(dict[_K, _T]):
    """
    A dictionary that does not change, so that it can be shared; ``dict(...)`` makes one that does.
    """

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping does not change; dict(...) makes one that does")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> Any:
        return type(self), (dict(self),)


def members(kind: _E) -> _E:
    """
    An Enum whose members are found as any attribute is. Until Python 3.12 each look at one is a call of 0.1 us.
    """
    member: Any
    for member in kind:
        type.__setattr__(kind, member.name, member)
    return kind


def parts(value: Value) -> tuple[Any, ...]:
    """
    What a value holds, in the order of its fields.
    """
    kind = type(value)
    if kind.getter is not None:
        return kind.getter(value)
    return tuple([getattr(value, name) for name in kind.fields])


def replace(value: _T, /, **changes: Any) -> _T:
    """
    The value with some fields changed. Named tuples and dataclasses, of which there still are some, are values here as
    well.
    """
    if isinstance(value, Value):
        return value.__replace__(**changes)
    if isinstance(value, tuple):
        changed: _T = value._replace(**changes)  # type: ignore[attr-defined]
        return changed
    from dataclasses import replace

    made: _T = replace(value, **changes)  # type: ignore[type-var]
    return made


def _completed(kind: type[Value], values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    held, taken = list(values), 0
    for name in kind.fields[len(values) :]:
        if name in named:
            held.append(named[name])
            taken += 1
        elif name in kind.defaults:
            default = kind.defaults[name]
            held.append(default.make() if isinstance(default, _Made) else default)
        else:
            raise TypeError(f"{kind.__name__} lacks {name!r}")
    if taken < len(named) or len(held) > len(kind.fields):
        raise TypeError(f"{kind.__name__} has the fields {', '.join(kind.fields)}, each once")
    return tuple(held)
