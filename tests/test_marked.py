"""
Rule files become marked values, or problems that an analyst can mend.
"""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from itk3_validator.pack import yaml_text
from itk3_validator.pack.expand import expand
from itk3_validator.pack.marked import Mapping, Mark, Scalar, Sequence
from itk3_validator.pack.yaml_text import read_yaml

quick = settings(max_examples=300, deadline=None, database=None, derandomize=True)


@pytest.fixture(params=["libyaml", "pure Python"])
def loader(request, monkeypatch):
    """
    Both of PyYAML's loaders: the second is all there is where libyaml is not.
    """
    if request.param == "pure Python":
        monkeypatch.setattr(yaml_text, "_Loader", yaml.SafeLoader)


def bare(node):
    """
    The node without its marks.
    """
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [bare(each) for each in node.items]
    return {key.text: bare(value) for key, value in node.pairs}


def mapping_of(text, file="pack.yaml"):
    mapping, problems = read_yaml(file, text.encode())

    assert problems == ()
    return mapping


def lines_of(text):
    data = text if isinstance(text, bytes) else text.encode()
    return [str(each) for each in read_yaml("pack.yaml", data)[1]]


def scalars_of(node):
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for each in node.items:
            yield from scalars_of(each)
    else:
        for key, value in node.pairs:
            yield key
            yield from scalars_of(value)


@pytest.mark.usefixtures("loader")
class TestValues:
    @pytest.mark.parametrize(
        "written",
        [
            "true",
            "no",
            "~",
            "null",
            "007",
            "0x1F",
            "1e3",
            "2018-07-12",
            "30001",
            "1_000",
            ".inf",
            "=",
            "-1",
            "12:30:45",
        ],
    )
    def test_everything_is_text(self, written):
        """
        What is written is what is meant, as a value, in a list and as a key.
        """
        found = bare(mapping_of(f"a: {written}\nb: [{written}]\n{written}: c\n"))

        assert found == {"a": written, "b": [written], written: "c"}

    def test_nothing_is_empty_text(self):
        """
        A key without a value has the empty text, right after its colon.
        """
        mapping = mapping_of("a:\nb: ''\nc: {d, e: }\n")

        assert bare(mapping) == {"a": "", "b": "", "c": {"d": "", "e": ""}}
        assert mapping.get("a") == Scalar("", Mark("pack.yaml", 1, 3))

    def test_marks(self):
        """
        Lists, mappings, keys and values carry the place at which they begin.
        """
        mapping = mapping_of("a:\n  - b: c\n  - [d]\ne: {f: 'g'}\n")

        def at(line, column):
            return Mark("pack.yaml", line, column)

        expected = Mapping(
            (
                (
                    Scalar("a", at(1, 1), "plain", "a"),
                    Sequence(
                        (
                            Mapping(
                                ((Scalar("b", at(2, 5), "plain", "b"), Scalar("c", at(2, 8), "plain", "c")),), at(2, 5)
                            ),
                            Sequence((Scalar("d", at(3, 6), "plain", "d"),), at(3, 5)),
                        ),
                        at(2, 3),
                    ),
                ),
                (
                    Scalar("e", at(4, 1), "plain", "e"),
                    Mapping(((Scalar("f", at(4, 5), "plain", "f"), Scalar("g", at(4, 8), "single", "g")),), at(4, 4)),
                ),
            ),
            at(1, 1),
        )
        assert mapping == expected

    def test_get_and_keys(self):
        """
        Keys in the order of the file; a key that is not there has no value.
        """
        mapping = mapping_of("b: 1\na: 2\n")

        assert mapping.keys() == ("b", "a")
        assert mapping.get("a").text == "2"
        assert mapping.get("c") is None

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("é: x", (1, 4), id="two bytes"),
            pytest.param("😀😀: x", (1, 5), id="four bytes"),
            pytest.param("e\u0301: x", (1, 5), id="combining"),
            pytest.param("\ufeffé: x", (1, 4), id="byte order mark"),
            pytest.param("# é\r\nk:  x", (2, 5), id="carriage return and line feed"),
            pytest.param("# é\rk: x", (2, 4), id="carriage return"),
            pytest.param("---\nk: x", (2, 4), id="document start"),
            pytest.param("%YAML 1.1\n---\nk: x", (3, 4), id="version"),
        ],
    )
    def test_columns_count_code_points(self, text, expected):
        """
        Whatever stands before a value, its column is a count of code points from 1.
        """
        ((_, value),) = mapping_of(text).pairs

        assert (value.mark.line, value.mark.column) == expected

    def test_nothing_at_the_end_of_the_file(self):
        """
        A value that is not there is placed inside the file, also when its last line has no end.
        """
        assert mapping_of("a: b\n? c").get("c") == Scalar("", Mark("pack.yaml", 2, 4))

    def test_depth_of_fifty_is_read(self):
        """
        Fifty levels, the file's own mapping among them, are allowed.
        """
        assert mapping_of("a: " + "[" * 49 + "]" * 49).keys() == ("a",)


PLACES = [
    pytest.param("k: /f:a[b]\n", "b", (1, 9), id="plain"),
    pytest.param("k:\n    /f:a[b]\n", "b", (2, 10), id="plain on the next line"),
    pytest.param("é: é/b\n", "b", (1, 6), id="plain after non-ASCII"),
    pytest.param("/f:a[b]: x\n", None, (1, 6), id="key"),
    pytest.param("k: /a or\n   /b\n", "b", (2, 5), id="plain on two lines"),
    pytest.param("k: '/f:a[@u=''x'']/b'\n", "b", (1, 20), id="single quotes"),
    pytest.param("k: '/f:a\n\n   /b'\n", "b", (3, 5), id="single quotes on three lines"),
    pytest.param('k: "/f:a[@u=\\"x\\"]/b"\n', "b", (1, 20), id="double quotes"),
    pytest.param('k: "\\x41\\u00e9\\U0001F600\\t\\/b"\n', "b", (1, 29), id="double quotes, every kind of escape"),
    pytest.param('k: "\\t /a\\n\\\n  \\ \\x20/b"\n', "b", (2, 10), id="double quotes on two lines"),
    pytest.param("k: |\n  /f:a\n    /b\n", "b", (3, 6), id="literal block"),
    pytest.param("k: |-\n\n  /a\n\n  /b\n\n", "b", (5, 4), id="literal block with blank lines"),
    pytest.param("k: |2 # why\n    /a\n  /b\n", "b", (3, 4), id="literal block with its indentation given"),
    pytest.param("k: |\r\n  /a\r\n  /b\r\n", "b", (3, 4), id="literal block, CRLF"),
    pytest.param("k: >-\n  /f:a\n  /é/b\n", "b", (3, 6), id="folded block"),
    pytest.param("k: >\n  /f:a\n\n\n    /b\n", "b", (5, 6), id="folded block with more indentation"),
]


@pytest.mark.usefixtures("loader")
class TestPlaceInsideText:
    @pytest.mark.parametrize(("text", "mark", "expected"), PLACES)
    def test_at(self, text, mark, expected):
        """
        An offset into the text is found again in the file.
        """
        ((key, value),) = mapping_of(text).pairs
        scalar = value if mark else key
        found = scalar.at(scalar.text.index(mark or "b"))

        assert (found.line, found.column) == expected

    @pytest.mark.parametrize(
        ("text", "offset", "expected"),
        [
            pytest.param("k: abc", 3, (1, 7), id="end"),
            pytest.param("k: abc", 99, (1, 7), id="beyond the end"),
            pytest.param("k: abc", -1, (1, 4), id="before the start"),
            pytest.param("k: 'a''c'", 3, (1, 9), id="end, at the quote"),
            pytest.param("k: ''", 0, (1, 4), id="nothing in quotes"),
            pytest.param("k:", 0, (1, 3), id="nothing"),
            pytest.param("k: |\n  a b\n", 1, (2, 4), id="space in a literal block"),
            pytest.param("k: |\n  a\n", 2, (3, 1), id="end of a literal block"),
            pytest.param("k: |\n\n", 0, (2, 1), id="empty literal block"),
            pytest.param("k: >\n  a\n  b\n", 1, (2, 4), id="fold"),
            pytest.param("k: >\n  a\n  b\n", 4, (3, 4), id="end of a folded block"),
            pytest.param("k: >+\n\n\n", 1, (2, 1), id="folded block of blank lines"),
        ],
    )
    def test_edges(self, text, offset, expected):
        """
        Ends and white space have a place as well.
        """
        ((_, value),) = mapping_of(text).pairs
        found = value.at(offset)

        assert (found.line, found.column) == expected

    def test_without_source(self):
        """
        A scalar made by hand is at its mark.
        """
        assert Scalar("abc", Mark("x.yaml", 3, 7)).at(2) == Mark("x.yaml", 3, 7)

    def test_after_an_anchor(self):
        """
        A text behind an anchor, which is a problem anyway, is at the anchor.
        """
        mapping, _ = read_yaml("x.yaml", b"k: &a bcd")

        assert mapping.get("k").at(2) == Mark("x.yaml", 1, 4)


QUOTED_MIDDLE = "put the whole text in quotes; inside single quotes '' stands for one"
ALIAS = "write the value out; a text that begins with '*' goes in quotes"
MISTAKES = [
    pytest.param(
        "a:\n  xpath: /f:b\n  xpath: /f:c\n",
        ["pack.yaml:3:3: the key 'xpath' stands twice, first at line 2; remove one"],
        id="key twice",
    ),
    pytest.param(
        "é: {b: 1, 'b': 2}\né: 3\nc: 4\né: 5\n",
        [
            "pack.yaml:1:11: the key 'b' stands twice, first at column 5; remove one",
            "pack.yaml:2:1: the key 'é' stands twice, first at line 1; remove one",
            "pack.yaml:4:1: the key 'é' stands twice, first at line 1; remove one",
        ],
        id="keys twice, all of them",
    ),
    pytest.param(
        "a: &x b\nc: *x\nd: [*y]\n*x : e\n",
        [
            "pack.yaml:1:4: an anchor (&x) is not allowed; remove it; a text that begins with '&' goes in quotes",
            f"pack.yaml:2:4: an alias (*x) is not allowed; {ALIAS}",
            f"pack.yaml:3:5: an alias (*y) is not allowed; {ALIAS}",
            f"pack.yaml:4:1: an alias (*x) is not allowed; {ALIAS}",
        ],
        id="anchor and aliases",
    ),
    pytest.param(
        "*x",
        [f"pack.yaml:1:1: an alias (*x) is not allowed; {ALIAS}"],
        id="alias as the file",
    ),
    pytest.param(
        "a: !!int 7\nb: !c [d]\n",
        [
            "pack.yaml:1:4: a tag (!!int) is not allowed; remove it; a text that begins with '!' goes in quotes",
            "pack.yaml:2:4: a tag (!c) is not allowed; remove it; a text that begins with '!' goes in quotes",
        ],
        id="tags",
    ),
    pytest.param(
        "a: {<<: {b: c}}\n",
        ["pack.yaml:1:5: merging with '<<' is not allowed; write the keys out"],
        id="merge key",
    ),
    pytest.param(
        "[a]: b\nc: {{d}}\n",
        [
            "pack.yaml:1:1: a list stands in place of a key; put it in quotes if it is meant as text",
            "pack.yaml:2:5: a mapping stands in place of a key; put it in quotes if it is meant as text",
        ],
        id="key that is no text",
    ),
    pytest.param("a: {'': b}", ["pack.yaml:1:5: the key is empty; write a name before the ':'"], id="empty key"),
    pytest.param(
        "a: b\n---\nc: d\n",
        [
            (
                "pack.yaml:2:1: a second document begins here; "
                "a file holds one; move this to a file of its own, or remove the '---'"
            )
        ],
        id="two documents",
    ),
    pytest.param(
        "- a\n- b\n",
        [
            (
                "pack.yaml:1:1: the file is a list, not keys with values; "
                "begin with a key such as 'rules:' and put the list below it"
            )
        ],
        id="list",
    ),
    pytest.param(
        "rules:none",
        [
            (
                "pack.yaml:1:1: the file is one text, not keys with values; "
                "write keys such as 'rules: ...', with a space after the ':'"
            )
        ],
        id="text",
    ),
    *(
        pytest.param(
            text,
            ["pack.yaml:1:1: the file holds nothing; write keys such as 'rules:', or delete the file"],
            id=f"nothing: {text!r}",
        )
        for text in ("", "\ufeff", "\n \n", "# later\n", "---\n...\n")
    ),
    pytest.param(b"a: caf\xe9", ["pack.yaml:1:7: the byte E9 here is not UTF-8; save the file as UTF-8"], id="latin-1"),
    pytest.param(
        b"\xef\xbb\xbf\xc3\xa9: b\r\n\xc3\xa9: \xc3",
        ["pack.yaml:2:4: the byte C3 here is not UTF-8; save the file as UTF-8"],
        id="cut",
    ),
    pytest.param("a: b".encode("utf-16"), ["pack.yaml:1:1: the file is UTF-16; save it as UTF-8"], id="UTF-16"),
    pytest.param(
        "a: b\r\né: \u2028c\x85\nd: \x00\ufeff",
        [
            "pack.yaml:2:4: the invisible character U+2028 stands here; remove it",
            "pack.yaml:2:6: the invisible character U+0085 stands here; remove it",
            "pack.yaml:3:4: the invisible character U+0000 stands here; remove it",
            "pack.yaml:3:5: the invisible character U+FEFF stands here; remove it",
        ],
        id="invisible characters",
    ),
    pytest.param(
        'a: "b\\0"\n',
        ["pack.yaml:1:6: this escape gives the character U+0000, which no message can hold; remove it"],
        id="escaped NUL",
    ),
    pytest.param(
        'a: "b\\uD83D\\uDE00"\n',
        [
            (
                "pack.yaml:1:6: this escape gives the character U+D83D, which no message can hold; "
                "write the character itself"
            )
        ],
        id="half a character",
    ),
    pytest.param(
        'a: "b\\UFFFFFFFF"\n',
        ["pack.yaml:1:8: this number is out of range; write the character itself"],
        id="no such character",
    ),
    pytest.param(
        "a: &x b\nc: {system: ${CS}x}\n",
        [
            "pack.yaml:1:4: an anchor (&x) is not allowed; remove it; a text that begins with '&' goes in quotes",
            (
                "pack.yaml:2:13: '${' cannot stand inside brackets without quotes; "
                'put the whole text in quotes, such as "${name}"'
            ),
        ],
        id="value in brackets",
    ),
    pytest.param(
        "a: [0-9]{4}\n",
        [f"pack.yaml:1:9: '{{4}}' follows a text or bracket that is already closed; {QUOTED_MIDDLE}"],
        id="regular expression",
    ),
    pytest.param(
        "a: 'it's'\n",
        [f'pack.yaml:1:8: "s\'" follows a text or bracket that is already closed; {QUOTED_MIDDLE}'],
        id="quote inside quotes",
    ),
    pytest.param(
        "a: [b]]\n",
        ["pack.yaml:1:7: the ']' here closes nothing; remove it, or put the whole text in quotes"],
        id="bracket too many",
    ),
    pytest.param(
        'a: "\\d+"\n',
        [
            (
                "pack.yaml:1:5: \\d means nothing inside double quotes; "
                "use single quotes, in which a backslash is a backslash"
            )
        ],
        id="backslash",
    ),
    pytest.param(
        'a: "\\xZ"\n',
        [
            (
                "pack.yaml:1:7: the escape here is not complete; "
                r"write two hexadecimal digits after \x, four after \u, eight after \U; or use single quotes"
            )
        ],
        id="escape not complete",
    ),
    pytest.param(
        "a: 'b\nc: d\n",
        ["pack.yaml:1:4: the quote opened here is not closed; add the ' that ends the text"],
        id="quote not closed",
    ),
    *(
        pytest.param(
            f"a: {text}\n",
            [f"pack.yaml:1:4: a text cannot begin with {text[0]!r}; put the whole text in quotes"],
            id=f"begins with {text[0]}",
        )
        for text in ("@url", "`b`", "%b", "*/f:b", "&", "!<b", "!y!z b")
    ),
    pytest.param(
        "%a: b\n",
        ["pack.yaml:1:1: a line cannot begin with '%'; put the text in quotes, or remove the line"],
        id="percent sign",
    ),
    pytest.param("a:\n\tb: c\n", ["pack.yaml:2:1: a tab stands here; indent with spaces"], id="tab"),
    pytest.param("a: b\n\tc: d\n", ["pack.yaml:2:1: a tab stands here; indent with spaces"], id="tab below a text"),
    pytest.param(
        "text: Note: this\n",
        ["pack.yaml:1:11: a ': ' stands inside a text that has no quotes; put the whole text in quotes"],
        id="colon in a text",
    ),
    pytest.param(
        "- a: b\n    c: d\n",
        [
            (
                "pack.yaml:2:5: a key stands here, below a text and deeper than its key; "
                "align it with the key it belongs beside, or put the text in quotes"
            )
        ],
        id="too deep",
    ),
    pytest.param(
        "a:\n    b: c\n  d: e\n",
        [
            (
                "pack.yaml:3:3: this line is aligned with nothing above it; "
                "give it the indentation of the key or '-' it belongs beside"
            )
        ],
        id="between two levels",
    ),
    pytest.param(
        "- a\nb: c\n",
        ["pack.yaml:2:1: a key stands among list items; give it the indentation of the key or '-' it belongs beside"],
        id="key among items",
    ),
    pytest.param(
        "a: b\n- c\n",
        ["pack.yaml:2:1: a list item stands among keys; put it right below the key whose list it belongs to"],
        id="item among keys",
    ),
    pytest.param(
        "a: - b\n",
        ["pack.yaml:1:4: a list with '- ' cannot begin here; begin it on a line of its own, or put the text in quotes"],
        id="list on the line of its key",
    ),
    pytest.param(
        "a: ? b\n",
        ["pack.yaml:1:4: a key with '? ' cannot begin here; put the whole text in quotes"],
        id="question mark",
    ),
    pytest.param(
        ": b\n",
        ["pack.yaml:1:1: no key stands before the ':'; write one, or put the text in quotes"],
        id="colon first",
    ),
    pytest.param(
        "a: b\nequals\nc: d\n",
        ["pack.yaml:2:1: a ':' is missing after this text; write key: value, or indent it to continue the text above"],
        id="no colon",
    ),
    pytest.param(
        "a: | b\n",
        ["pack.yaml:1:6: the text of a '|' begins on the next line; move it there, or put it in quotes instead"],
        id="text beside its bar",
    ),
    pytest.param(
        "a: {b: [c, d}\n",
        [
            (
                "pack.yaml:1:13: a ',' or ']' is missing before '}'; "
                "add it, or put a text that holds brackets, quotes or ': ' in quotes"
            )
        ],
        id="bracket missing",
    ),
    pytest.param(
        "a:\n  - [b, c\nd: e\n",
        ["pack.yaml:2:5: the '[' opened here is not closed before line 3; add the ']', or the ',' between two items"],
        id="bracket not closed on its line",
    ),
    pytest.param(
        "a: {b: c\n", ["pack.yaml:1:4: the '{' opened here is not closed; add the '}'"], id="brace not closed"
    ),
    pytest.param(
        "a: [b, ,]\n",
        ["pack.yaml:1:8: ',' stands where a value should; remove it, or put the text in quotes"],
        id="two commas",
    ),
    pytest.param(
        "a: [",
        ["pack.yaml:1:5: the file ends here inside a bracket; add the ']' or '}' that is missing"],
        id="bracket last",
    ),
    pytest.param(
        "{a: b}\nc: d\n",
        [
            (
                "pack.yaml:2:1: this stands after the end of all that the file holds; "
                "remove the '...' or the bracket above it"
            )
        ],
        id="after the end",
    ),
    pytest.param(
        f"{'k' * 1100}: b\n",
        ["pack.yaml:1:1101: a key longer than 1,024 characters ends here; give the place a name under selectors:"],
        id="endless key",
    ),
    pytest.param(
        "a: " + "[" * 60_000,
        ["pack.yaml:1:53: nested more than 50 levels deep; use fewer levels, or close a bracket above"],
        id="60,000 brackets",
    ),
    pytest.param(
        "- " * 60_000,
        ["pack.yaml:1:101: nested more than 50 levels deep; use fewer levels, or close a bracket above"],
        id="60,000 dashes",
    ),
    pytest.param(
        "a: b" + " " * 5_000_000,
        ["pack.yaml:1:1: the file has 5,000,004 bytes, and 5,000,000 are the most; split it into several files"],
        id="too large",
    ),
]


@pytest.mark.usefixtures("loader")
class TestMistakes:
    @pytest.mark.parametrize(("text", "expected"), MISTAKES)
    def test_words_and_place(self, text, expected):
        """
        Every problem of a file at once, each with its place and what would do.
        """
        assert lines_of(text) == expected

    def test_unreadable_parts_leave_no_mapping(self):
        """
        What an alias stood for is not known, so nothing is built on it.
        """
        assert read_yaml("x.yaml", b"a: *b")[0] is None

    def test_harmless_mistakes_leave_the_mapping(self):
        """
        Beside doubled keys, anchors and tags the rest is read, so that its problems are told as well.
        """
        mapping, problems = read_yaml("x.yaml", b"a: b\na: c\nd: &e !f g\n")

        assert bare(mapping) == {"a": "b", "d": "g"}
        assert len(problems) == 3

    def test_many_mistakes_end(self):
        """
        After a hundred mistakes reading stops and says so.
        """
        problems = lines_of("".join(f"k{number}: *a\n" for number in range(1000)))

        assert len(problems) == 101
        assert problems[-1] == "pack.yaml:101:7: more than 100 mistakes; mend the ones above first"

    def test_many_invisible_characters_end(self):
        """
        So it does after a hundred invisible characters.
        """
        assert len(lines_of("\0" * 1000)) == 100


def test_a_tab_is_one_column():
    """
    However wide a tab looks, it counts as one; the pure-Python loader allows none there.
    """
    mapping = mapping_of("k:\tb\tc\n")

    assert bare(mapping) == {"k": "b\tc"}
    assert mapping.get("k").at(2) == Mark("pack.yaml", 1, 6)


def test_a_large_broken_file_is_told_quickly():
    """
    Over half a million characters the fast loader's place is good enough.
    """
    text = "a: b\n" + "# comment\n" * 200_000 + 'c: "\\d"\n'
    start = time.perf_counter()
    problems = lines_of(text)

    assert problems == [
        (
            "pack.yaml:200002:5: \\d means nothing inside double quotes; "
            "use single quotes, in which a backslash is a backslash"
        )
    ]
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("text", "expected"), [case for case in MISTAKES if case.id not in ("no such character", "half a character")]
)
def test_the_fast_loader_is_understood(monkeypatch, text, expected):
    """
    Where a broken file is too large to read again, words differ in nothing but, at times, the place.
    """
    monkeypatch.setattr(yaml_text, "_MOST_READ_AGAIN", 0)

    def words(line):
        return line.split(": ", 1)[1]

    assert [words(line) for line in lines_of(text)] == [words(line) for line in expected]


PIECES = st.sampled_from(
    [
        *"[]{},:?-#&*!|>'\"%@`\\ \n\t\r~=<",
        ": ",
        "- ",
        "\n  ",
        "\n- ",
        "a: ",
        "k: |\n  ",
        "---\n",
        "...\n",
        "${a}",
        "<<: ",
        "\\x4",
        '"\\',
        "é",
        "😀",
        "\ufeff",
        "\0",
    ]
)


@quick
@given(st.one_of(st.binary(), st.text().map(str.encode), st.lists(PIECES).map(lambda each: "".join(each).encode())))
def test_any_bytes_give_a_mapping_or_problems(data):
    """
    Nothing is raised, whatever the bytes; problems lie inside the file, and every scalar's places too.
    """
    mapping, problems = read_yaml("x.yaml", data)

    assert mapping is not None or problems
    rows = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for each in problems:
        assert 1 <= each.line <= len(rows)
        assert 1 <= each.column <= len(rows[each.line - 1]) + 1
        assert each.remedy
    for scalar in scalars_of(mapping) if mapping else ():
        for offset in range(len(scalar.text) + 1):
            mark = scalar.at(offset)
            assert 1 <= mark.line <= len(rows)
            assert 1 <= mark.column <= len(rows[mark.line - 1]) + 1


TEXTS = st.text(st.sampled_from("ab'\"\\ \n:#é😀\t/[]-${}"), max_size=60)


@quick
@given(
    texts=st.dictionaries(TEXTS.filter(bool), TEXTS, min_size=1, max_size=4),
    style=st.sampled_from([None, "'", '"', "|", ">"]),
    width=st.sampled_from([10, 1000]),
    unicode=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
    loader=st.sampled_from([yaml.SafeLoader, yaml_text._Loader]),
)
def test_every_visible_character_is_found_again(texts, style, width, unicode, newline, loader):
    """
    What PyYAML writes is read as PyYAML reads it, and each visible character is placed where it, or its escape, stands.
    """
    source = yaml.safe_dump(texts, default_style=style, width=width, allow_unicode=unicode, line_break=newline)
    rows = source.replace("\r\n", "\n").split("\n")
    before, yaml_text._Loader = yaml_text._Loader, loader
    try:
        mapping, problems = read_yaml("x.yaml", source.encode())
    finally:
        yaml_text._Loader = before

    if problems:
        assert [each.what for each in problems] == ["merging with '<<' is not allowed"]
        return
    assert bare(mapping) == yaml.load(source, yaml.BaseLoader)
    for scalar in scalars_of(mapping):
        for offset, character in enumerate(scalar.text):
            mark = scalar.at(offset)
            assert character in " \t\n" or rows[mark.line - 1][mark.column - 1] in (character, "\\")


VALUES = {"SD": "https://fhir.nhs.uk/STU3/", "use-case": "SendDocument", "empty": "", "odd": "${SD}"}


class TestExpand:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("plain", "plain", id="nothing to do"),
            pytest.param("${SD}Patient", "https://fhir.nhs.uk/STU3/Patient", id="first"),
            pytest.param("a${use-case}b${use-case}", "aSendDocumentbSendDocument", id="twice"),
            pytest.param("a${empty}b", "ab", id="empty value"),
            pytest.param("$${SD}", "${SD}", id="the characters themselves"),
            pytest.param("$$${SD}", "$${SD}", id="a dollar before them"),
            pytest.param("${odd}", "${SD}", id="a value is taken as it is"),
            pytest.param("$header/f:a[$b]{2}", "$header/f:a[$b]{2}", id="selectors and braces"),
        ],
    )
    def test_text(self, text, expected):
        """
        Each name gives way to its value.
        """
        expanded, problems = expand(Scalar(text, Mark("x.yaml", 1, 1)), VALUES)

        assert problems == ()
        assert expanded.text == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("${SDD}", "x.yaml:1:4: unknown value 'SDD'; did you mean 'SD'?", id="near"),
            pytest.param("a ${ SD }", "x.yaml:1:6: unknown value ' SD '; did you mean 'SD'?", id="spaces"),
            pytest.param(
                "a${2}",
                "x.yaml:1:5: unknown value '2'; declare it under values:, or write $${ for the characters themselves",
                id="unknown",
            ),
            pytest.param(
                "a${}",
                "x.yaml:1:5: no name stands between '${' and '}'; "
                "write the name of a value, or $${ for the characters themselves",
                id="no name",
            ),
            pytest.param(
                "ab${SD",
                "x.yaml:1:6: the '}' is missing for the '${' here; "
                "close it, or write $${ for the characters themselves",
                id="not closed",
            ),
        ],
    )
    def test_mistakes(self, text, expected):
        """
        A mistake is told at its own place, and stays in the text.
        """
        expanded, problems = expand(mapping_of(f"k: {text}", "x.yaml").get("k"), VALUES)

        assert [str(each) for each in problems] == [expected]
        assert expanded.text == text

    def test_all_mistakes_at_once(self):
        """
        Every mistake of a text is told.
        """
        _, problems = expand(mapping_of("k: ${a}${SD}${b}${c", "x.yaml").get("k"), VALUES)

        assert [each.column for each in problems] == [4, 13, 17]

    def test_places(self):
        """
        An offset of the expanded text is found again in the file; inside a value, at its ``${``.
        """
        scalar = mapping_of("k: 'ab''${use-case}/c$${d'", "x.yaml").get("k")
        expanded, _ = expand(scalar, VALUES)

        assert expanded.text == "ab'SendDocument/c${d"
        assert [expanded.at(offset).column for offset in (0, 1, 2, 3, 9, 14, 15, 16, 17, 18, 19, 20)] == [
            *(5, 6, 7, 9, 9, 9),
            *(20, 21, 23, 24, 25, 26),
        ]

    def test_growth_is_bounded(self):
        """
        A text that would grow without measure is refused.
        """
        scalar = Scalar("${a}" * 1_000_000, Mark("x.yaml", 2, 4))
        expanded, problems = expand(scalar, {"a": "b" * 90_000})

        assert expanded.text == scalar.text
        assert [str(each) for each in problems] == [
            "x.yaml:2:4: with its values put in, this text is longer than 100,000 characters; use shorter values"
        ]

    @quick
    @given(
        st.text(st.sampled_from("${}SDa'\n "), max_size=40),
        st.dictionaries(st.sampled_from("SDa"), st.text(max_size=3)),
    )
    def test_any_text(self, text, values):
        """
        Nothing is raised, and what was not put in is found again at its own character.
        """
        scalar = Scalar(text, Mark("x.yaml", 1, 1), "literal", text)
        expanded, _ = expand(scalar, values)

        for offset in range(len(expanded.text) + 1):
            assert expanded.at(offset).line >= 1
