"""
The kinds of problem that are found while a pack is loaded; a pack that has one judges no message.
"""

from __future__ import annotations

from itk3_validator.workshop.lint.kind import Kind

_RULE = """\
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {%s}
        """

YAML = Kind(
    code="yaml",
    title="The file is no YAML, or YAML that a rule file may not hold",
    why=(
        "Aliases, anchors, tags, merge keys and duplicate keys are refused: what stands in a rule file is what is "
        "meant, word for word."
    ),
    bad=_RULE % "/f:Bundle/f:type: {equals: message}, /f:Bundle/f:type: present",
    good=_RULE % "/f:Bundle/f:type: {equals: message, present: true}",
)

SHAPE = Kind(
    code="shape",
    title="A key, a list or a text is not what the rule language has there",
    why="An unknown or missing key, a list where a text belongs, a range that is none: the language has no such thing.",
    bad="""\
        rules:
          - id: R-1
            txt: The type is message.
            source: page 1
            check: {/f:Bundle/f:type: {equals: message}}
        """,
    good=_RULE % "/f:Bundle/f:type: {equals: message}",
)

NAME = Kind(
    code="name",
    title="A name that nothing is known by",
    why="A verb, selector, value, fact, interaction, code list, format or rule that is named but not declared.",
    bad=_RULE % "/f:Bundle/f:type: {equels: message}",
    good=_RULE % "/f:Bundle/f:type: {equals: message}",
)

XPATH = Kind(
    code="xpath",
    title="An XPath that cannot be used",
    why=(
        "It breaks the grammar, or names a prefix, function, axis or variable that does not exist. An element without "
        "a prefix is in no namespace and matches nothing; an attribute is written with @. An XML library compiles most "
        "of these without a word."
    ),
    bad=_RULE % "\"/f:Bundle[type/@value='message']/f:type\": present",
    good=_RULE % "\"/f:Bundle[f:type/@value='message']/f:type\": present",
)

COSTLY = Kind(
    code="costly-xpath",
    title="A costly XPath without a reason",
    why=(
        "`//` and the far axes walk the whole message, payload included: slow, and wrong where a payload has elements "
        "of the same name. An absolute path or a $name inside a predicate is looked up again for every node."
    ),
    bad=_RULE % "//f:type: present",
    good=_RULE % "/f:Bundle/f:type: present",
)

PATTERN = Kind(
    code="pattern",
    title="A regular expression that is none, or that a value could make slow",
    why="Nested quantifiers, look-around and back-references can take hours on one value that someone sends.",
    bad=_RULE % '/f:Bundle/f:type: {matches: "(m+)+essage"}',
    good=_RULE % '/f:Bundle/f:type: {matches: "m+essage"}',
)

CODE_LIST = Kind(
    code="code-list",
    title="A code list that cannot be read",
    why="Its file is not in the pack's folder, its columns are not named, a code stands twice, or its range is empty.",
    bad="""\
        code-lists:
          types: {range: [20, 10]}
        rules:
          - id: R-1
            text: The type is of the list.
            source: page 1
            check: {/f:Bundle/f:type: {in: types}}
        """,
    good="""\
        code-lists:
          types: {range: [10, 20]}
        rules:
          - id: R-1
            text: The type is of the list.
            source: page 1
            check: {/f:Bundle/f:type: {in: types}}
        """,
)

DERIVE = Kind(
    code="derive",
    title="What is extended, renamed, changed or dropped is not there, or stands twice",
    why="A name that matches nothing under ids, change or drop is mostly a typo: the inherited rule would stay.",
    bad="""\
        drop: {R-9: not in this use case}
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {/f:Bundle/f:type: {equals: message}}
        """,
    good=_RULE % "/f:Bundle/f:type: {equals: message}",
)

KINDS = (YAML, SHAPE, NAME, XPATH, COSTLY, PATTERN, CODE_LIST, DERIVE)
