"""
The options of `itk3 validate`, said once: the command line and the settings file both read this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

from itk3_validator.report.formats import FORMATS
from itk3_validator.value import Value

if TYPE_CHECKING:
    import argparse


# Not a report but what a receiver answers; it is made by report/itk3_response.py.
RESPONSE = "itk3-response"


class Shape(Enum):
    """
    What an option holds, in the words for a settings file.
    """

    TEXT = "text"
    TEXTS = "text or a list of texts"
    FACTS = "a table of texts"
    SWITCH = "true or false"
    NUMBER = "text or a whole number"


class Option(Value):
    """
    One option: `--name` on the command line, `name` in the settings file.
    """

    name: str
    shape: Shape
    metavar: str
    help: str
    choices: tuple[str, ...] = ()
    short: str = ""

    @property
    def key(self) -> str:
        return self.name.replace("-", "_")


OPTIONS = (
    Option(
        "pack", Shape.TEXTS, "NAME|DIR", "a rule pack, by its name or its folder; without it the bundled ones compete"
    ),
    Option("fact", Shape.FACTS, "NAME=VALUE", "what no message can say, such as recipient=primary"),
    Option("interaction", Shape.TEXT, "NAME", "the kind of message, instead of recognising it"),
    Option("request", Shape.TEXT, "FILE", "the message that the messages answer"),
    Option(
        "format",
        Shape.TEXTS,
        "NAME[:FILE]",
        f"{', '.join(FORMATS)}, {RESPONSE}; text when not said; to standard output or to FILE; may be given more than "
        "once",
    ),
    Option("responder-ods", Shape.TEXT, "CODE", "the ODS code of who answers, for --format itk3-response"),
    Option("responder-mailbox", Shape.TEXT, "ID", "the mailbox that answers are sent from"),
    Option("responder-name", Shape.TEXT, "NAME", "the name of the organisation that answers; may be left out"),
    Option("only", Shape.TEXTS, "ID", "ask only this requirement"),
    Option("ignore", Shape.TEXTS, "ID", "do not hold this requirement against a message: it is told as waived"),
    Option("waivers", Shape.TEXTS, "FILE", "what is accepted for now, by whom and until when; may be given twice"),
    Option("baseline", Shape.TEXT, "REPORT.json", "an earlier JSON report: only what is new in this run fails"),
    Option(
        "fail-on",
        Shape.TEXTS,
        "WHAT",
        "what makes the status 1: error (the default); warning: errors and warnings; undecided: errors and undecided "
        "outcomes; may be given twice",
        ("error", "warning", "undecided"),
    ),
    Option("show-values", Shape.SWITCH, "", "show values of the payload, which are patient data"),
    Option("trust-pack", Shape.SWITCH, "", "believe `safe: true` in packs that are not bundled"),
    Option("cache", Shape.SWITCH, "", "keep checked packs in the user's cache folder, to start faster (the default)"),
    Option("quiet", Shape.SWITCH, "", "show only what failed, and messages that were not judged", short="-q"),
    Option("verbose", Shape.SWITCH, "", "show also what passed and what did not apply, and every place", short="-v"),
    Option("colour", Shape.TEXT, "WHEN", "auto (the default), always or never", ("auto", "always", "never")),
    Option(
        "source-names",
        Shape.TEXT,
        "HOW",
        "plain (the default) or hash, where names hold patient data",
        ("plain", "hash"),
    ),
    Option("message-column", Shape.TEXT, "COLUMN", "where NDJSON and Parquet hold messages; found out when not said"),
    Option("name-column", Shape.TEXT, "COLUMN", "what their messages are called after; their numbers when not said"),
    Option("max-size", Shape.NUMBER, "BYTES", "largest message; 100MB when not said"),
    Option("max-markup", Shape.NUMBER, "BYTES", "largest message without its attachments; 20MB when not said"),
    Option("max-depth", Shape.NUMBER, "LEVELS", "deepest nesting of elements; 256 when not said"),
    Option("max-entries", Shape.NUMBER, "NUMBER", "most files in an archive; 100000 when not said"),
    Option(
        "max-ratio", Shape.NUMBER, "NUMBER", "how many times its packed size an archive may take; 200 when not said"
    ),
    Option(
        "stream",
        Shape.TEXT,
        "FRAMING",
        "messages come on standard input, and each is answered at once by a line of JSON: length (LENGTH, line feed, "
        "message) or ndjson (a JSON object a line)",
        ("length", "ndjson"),
    ),
    Option(
        "time-limit",
        Shape.NUMBER,
        "SECONDS",
        "the longest that a message may take; when not said 60 in a batch, 20 in a service, and elsewhere no limit",
    ),
)


BATCH_OPTIONS = (
    Option(
        "processes", Shape.NUMBER, "NUMBER", "how many processes judge; as many as there are processors if not said"
    ),
)
# What these ask for a batch does not offer: its results are a folder.
NOT_IN_A_BATCH = frozenset(
    {"format", "baseline", "verbose", "colour", "responder-ods", "responder-mailbox", "responder-name", "stream"}
)
SERVICE_OPTIONS = (
    Option("address", Shape.TEXT, "IP", "where to listen; 127.0.0.1 when not said: this machine alone"),
    Option("port", Shape.NUMBER, "NUMBER", "8424 when not said"),
    Option("token-file", Shape.TEXT, "FILE", "tokens, one a line; a caller has to send one of them"),
    Option("token-env", Shape.TEXT, "NAME", "the same from this variable of the environment"),
    Option("tls-cert", Shape.TEXT, "FILE", "the certificate with its chain (PEM)"),
    Option("tls-key", Shape.TEXT, "FILE", "its key (PEM)"),
    Option("behind-proxy", Shape.SWITCH, "", "a proxy in front speaks TLS: needed for other addresses without TLS"),
    Option("allowed-host", Shape.TEXTS, "NAME", "a name by which the service is asked; may be given more than once"),
    Option("concurrency", Shape.NUMBER, "NUMBER", "messages at a time; more get 503; 8 a process when not said"),
    Option("max-connections", Shape.NUMBER, "NUMBER", "500 when not said"),
    Option("read-time", Shape.NUMBER, "SECONDS", "the longest that a request may take to come in; 30 when not said"),
    Option("stop-time", Shape.NUMBER, "SECONDS", "how long it finishes what it accepted; 60 when not said"),
    Option("reload-every", Shape.NUMBER, "SECONDS", "how often packs are looked at; 5 when not said, 0 is never"),
)
ALL_OPTIONS = (*OPTIONS, *BATCH_OPTIONS, *SERVICE_OPTIONS)


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option] = OPTIONS) -> None:
    """
    Give the parser every option; what is not on the command line is None.
    """
    for option in options:
        _add(parser, option)


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    import argparse

    flag, help_text = f"--{option.name}", option.help
    if option.short:
        parser.add_argument(option.short, flag, action=argparse.BooleanOptionalAction, help=help_text)
    elif option.shape is Shape.SWITCH:
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=help_text)
    elif option.shape in {Shape.TEXTS, Shape.FACTS}:
        parser.add_argument(flag, action="append", metavar=option.metavar, help=help_text)
    else:
        parser.add_argument(flag, metavar=option.metavar, help=help_text)
