"""
A command line that is read without argparse is read as argparse reads it.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itk3_validator.adapters import validate_command
from itk3_validator.adapters.options import OPTIONS
from itk3_validator.adapters.parser import Parser

NAMES = [*(f"--{option.name}" for option in OPTIONS), "--config"]
ODD = [
    "--",
    "-",
    "-q",
    "-v",
    "-x",
    "--help",
    "--pac",
    "--unknown",
    "--no-pack",
    "--no-no-cache",
    "",
    "--=",
    "a b",
    "-1",
]
WORDS = st.one_of(
    st.sampled_from([*NAMES, *(name.replace("--", "--no-") for name in NAMES), *ODD]),
    st.sampled_from(["m.xml", "in/*.xml", "text", "recipient=primary", "a=b=c"]),
    st.builds("{}={}".format, st.sampled_from(NAMES), st.sampled_from(["x", "", "a=b", "-", "--cache"])),
    st.text(max_size=3),
)


def parsed(words):
    """
    What argparse makes of the words; None when it refuses them.
    """
    parser = Parser("itk3 validate", "judge")
    validate_command.add_arguments(parser)
    try:
        return vars(parser.parse_intermixed_args(words))
    except SystemExit:
        return None


@given(st.lists(WORDS, max_size=6))
def test_it_is_read_as_argparse_reads_it(words):
    """
    Or not at all.
    """
    read = validate_command.plain_arguments(words)

    assert read is None or vars(read) == parsed(words)


@pytest.mark.parametrize(
    "words",
    [
        ["m.xml"],
        ["-", "--pack", "a", "b.xml", "--pack=b"],
        ["--no-cache", "m.xml", "--fact", "recipient=primary", "--show-values"],
        ["--config", "itk3.toml", "--max-size", "1MB", "m.xml", "--quiet"],
    ],
    ids=" ".join,
)
def test_the_usual_is_plain(words):
    read = validate_command.plain_arguments(words)

    assert read is not None
    assert vars(read) == parsed(words)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="no message"),
        pytest.param(["m.xml", "--help"], id="help"),
        pytest.param(["m.xml", "-q"], id="short"),
        pytest.param(["--", "m.xml"], id="end of options"),
        pytest.param(["m.xml", "--pack"], id="no value"),
        pytest.param(["m.xml", "--pack", "--quiet"], id="an option for a value"),
        pytest.param(["m.xml", "--quiet=yes"], id="a value for a switch"),
        pytest.param(["m.xml", "--pac", "a"], id="cut short"),
        pytest.param(["m.xml", "--no-pack", "a"], id="no switch"),
    ],
)
def test_the_rest_is_left_to_argparse(words):
    assert validate_command.plain_arguments(words) is None
