"""
What `itk3 serve` was told: where to listen, who may ask, and how much at a time. What is not safe is refused here.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from itk3_validator import CallInvalid
from itk3_validator.adapters.settings import number_of
from itk3_validator.adapters.workers import usable_processors
from itk3_validator.value import Value

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,500}", re.ASCII)
_NAME = re.compile(r"[a-z0-9.:_-]{1,253}", re.ASCII)
_LONGEST_FILE: Final = 10_000
_MOST_TOKENS: Final = 10


class ServiceSettings(Value):
    """
    Where and how the service serves. Times are in seconds.

    Attributes:
        hosts: names by which it may be asked, in lower case, without port.

        tokens: any of them lets a caller in; without one everybody on this machine may ask.

        time_limit: the longest that a message may take; its process is killed then.

        concurrency: how many messages are read and judged at a time; what is more is answered 503.

        read_time: the longest that a request may take to come in; also what an answer may take to be read.

        stop_time: how long it goes on with what it has accepted when it is told to stop.

        reload_every: how often it looks for new versions of the packs; 0 is never.
    """

    address: str
    port: int
    hosts: tuple[str, ...]
    tokens: tuple[bytes, ...]
    tls_cert: Path | None
    tls_key: Path | None
    behind_proxy: bool
    processes: int
    time_limit: int
    concurrency: int
    connections: int
    read_time: int
    stop_time: int
    reload_every: int

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.address)

    @property
    def url(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.tls_cert else 'http'}://{address}:{self.port}"

    def __repr__(self) -> str:
        # Tokens stand in no traceback.
        return f"<ServiceSettings {self.url}>"


def service_settings(values: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> ServiceSettings:
    """
    The settings of a service from options, each checked.

    Raises:
        CallInvalid: One cannot be meant, or together they would let anybody in.
    """
    address = _address(values.get("address") or "127.0.0.1")
    processes = number_of(values, "processes", usable_processors(), most=1_000)
    cert, key = (_file(values, name) for name in ("tls_cert", "tls_key"))
    made = ServiceSettings(
        address=address,
        port=number_of(values, "port", 8424, most=65_535, least=0),
        hosts=_hosts(address, values.get("allowed_host") or ()),
        tokens=_tokens(values, environment),
        tls_cert=cert,
        tls_key=key,
        behind_proxy=bool(values.get("behind_proxy")),
        processes=processes,
        time_limit=number_of(values, "time_limit", 20, most=86_400),
        concurrency=number_of(values, "concurrency", 8 * processes, most=10_000),
        connections=number_of(values, "max_connections", 500, most=100_000),
        read_time=number_of(values, "read_time", 30, most=3_600),
        stop_time=number_of(values, "stop_time", 60, most=86_400),
        reload_every=number_of(values, "reload_every", 5, most=86_400, least=0),
    )
    problems = list(_unsafe(made))
    if problems:
        raise CallInvalid("\n".join(problems))
    return made


def _unsafe(made: ServiceSettings) -> list[str]:
    """
    What would let anybody in, or send messages in clear.
    """
    problems = []
    if (made.tls_cert is None) is not (made.tls_key is None):
        problems.append("TLS needs both --tls-cert and --tls-key")
    if made.is_loopback:
        return problems
    where = f"--address {made.address} can be reached from other machines"
    if not made.tokens:
        problems.append(f"{where}; say --token-file or --token-env, so that not everybody may ask")
    if made.tls_cert is None and not made.behind_proxy:
        problems.append(f"{where}; say --tls-cert and --tls-key, or --behind-proxy where a proxy in front speaks TLS")
    if not made.hosts:
        problems.append(f"{where} by any name; say by which with --allowed-host")
    return problems


def _address(text: str) -> str:
    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise CallInvalid(f"--address {text!r} is no IP address such as 127.0.0.1 or 0.0.0.0") from None


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _hosts(address: str, stated: Iterable[str]) -> tuple[str, ...]:
    found = [each.lower().strip("[]") for each in stated]
    for each in found:
        if not _NAME.fullmatch(each):
            raise CallInvalid(f"--allowed-host {each!r} is no name of a host; write it without https:// and port")
    if _is_loopback(address):
        found += [*_LOOPBACK, address]
    elif not ipaddress.ip_address(address).is_unspecified:
        found.append(address)
    return tuple(dict.fromkeys(found))


def _tokens(values: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[bytes, ...]:
    """
    The tokens, one a line: two of them while one takes the place of the other.
    """
    file, variable = values.get("token_file"), values.get("token_env")
    if file and variable:
        raise CallInvalid("say --token-file or --token-env, not both")
    if not (file or variable):
        return ()
    where = f"--token-file {file}" if file else f"--token-env {variable}"
    text = _read(where, Path(file)) if file else environment.get(str(variable), "")
    tokens = text.split()
    if not tokens:
        raise CallInvalid(f"{where}: there is no token")
    # What is wrong with one is not shown with it.
    if len(tokens) > _MOST_TOKENS or not all(_TOKEN.fullmatch(each) for each in tokens):
        raise CallInvalid(
            f"{where}: at most {_MOST_TOKENS} tokens, each on a line, of 16 to 500 letters, digits and . _ ~ + / = -"
        )
    return tuple(each.encode("ascii") for each in tokens)


def _read(where: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST_FILE + 1)
    except OSError as error:
        raise CallInvalid(f"{where} cannot be read: {error.strerror}") from None
    return data.decode("ascii", "replace") if len(data) <= _LONGEST_FILE else "?"


def _file(values: Mapping[str, Any], name: str) -> Path | None:
    text = values.get(name)
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise CallInvalid(f"--{name.replace('_', '-')} {text} is no file")
    return path
