"""
The JSON Schema of rule files: completion and hover text for editors, composed from the verbs' own schemas.
"""

from __future__ import annotations

from typing import Any

from itk3_validator.checks import VERBS
from itk3_validator.checks.verb import RANGE, TEXT, TEXTS
from itk3_validator.finding import LEVELS, Outcome
from itk3_validator.pack.archive_verbs import ARCHIVE_VERBS
from itk3_validator.pack.draft import RULE_ID
from itk3_validator.pack.kinds import UNSTATED
from itk3_validator.pack.names import PATTERN
from itk3_validator.pack.places import RESERVED
from itk3_validator.pack.ruling import STATUSES, VERSIONS
from itk3_validator.source import CONTROL_FIELDS

Schema = dict[str, Any]

_NAME = f"^{PATTERN}$"
_NUMBER = "(0|[1-9][0-9]*)"
_WORDS: Schema = {**TEXT, "pattern": "\\S"}


def rule_file_schema() -> Schema:
    """
    The schema of one file of a pack (draft-07: what editors know also in older versions).
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A rule file of itk3-validator",
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "pack": _told(_text("^[a-z0-9][a-z0-9-]*$"), "The name of the pack; its folder is called the same."),
            "version": _told(
                # Three numbers are no number to any editor; two would be, and are wrong.
                {"type": "string", "pattern": rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}$"},
                "MAJOR.MINOR.PATCH",
            ),
            "title": _told(_WORDS, "One line that says what the pack checks."),
            "source": _source(),
            "extends": _told(
                {"type": "array", "items": _text("^[a-z0-9][a-z0-9-]*@[0-9]+(\\.[0-9]+){0,2}$")},
                "Packs whose rules this one takes over: name@MAJOR.",
            ),
            "xpath": _told(_xpath_version(), "The XPath version of the pack's test expressions; 1.0 when left out."),
            "namespaces": _named(TEXT, "Prefix to namespace URI; f (FHIR) and h (XHTML) are there from the start."),
            "values": _named(TEXT, "Texts that ${name} stands for anywhere in the pack."),
            "facts": _named(_ref("fact"), "What only the caller can state, such as who the recipient is."),
            "selectors": _selectors("Names for places in a message."),
            "code-lists": _named(_ref("code-list"), "Named lists of codes."),
            "interactions": _named(_ref("interaction"), "The kinds of message that the pack governs."),
            "rules": _told({"type": "array", "items": _ref("rule")}, "The requirements that are checked."),
            "archive": _told(
                {"type": "array", "items": _ref("archive-rule")},
                "Rules over the messages of a run: what they say together.",
            ),
            "not-checkable": _told(
                {
                    "type": "array",
                    "items": _object(
                        {
                            "id": _told(_id(), "The publication's own number."),
                            "because": _told(_WORDS, "Why no message can show it."),
                        },
                        ("id", "because"),
                    ),
                },
                "Requirements that no message can show, and why.",
            ),
            "ids": _told(_mapping(_id()), "Other numbers for inherited rules: OLD: NEW."),
            "change": _change(),
            "drop": _told(_mapping(_WORDS), "Inherited rules that are left out, each with the reason."),
            "tests": _told({"type": "array", "items": _ref("test")}, "Messages, and what is expected of them."),
        },
        "definitions": {
            "fact": _fact(),
            "selector": _selector(),
            "code-list": _code_list(),
            "interaction": _interaction(),
            "rule": _rule(),
            "archive-rule": _archive_rule(),
            "checks": _checks(),
            "asked": _asked(),
            "test": _test(),
        },
    }


def _fact() -> Schema:
    return _object(
        {
            "values": _told(TEXTS, "The values that may be stated; any text when left out."),
            "unstated": _told(_one_of(UNSTATED), "The outcome when the caller does not state it."),
            "mesh": _told(_one_of(CONTROL_FIELDS), "The field of a MESH control file that states it."),
            "text": _told(TEXT, "What the fact means."),
        }
    )


def _selector() -> Schema:
    long = _object(
        {
            "xpath": _told(TEXT, "Where the place is, from the document on: it begins with /, (/ or $name."),
            "follow": _told(TEXT, "The place of references; the selector names what they point to."),
            "label": _told(_WORDS, "How sentences call the place, such as entry.fullUrl; its name when left out."),
            "safe": _told(_one_of(("true", "false"), boolean=True), "This value, and no more, is no patient data."),
            "expensive": _told(TEXT, "Why an XPath that walks the whole message is worth it."),
        }
    )
    one = [{"required": ["xpath"]}, {"required": ["follow"]}]
    return {"anyOf": [{"type": "string", "minLength": 1}, {**long, "oneOf": one}]}


def _selectors(description: str) -> Schema:
    names = {"pattern": _NAME, "not": {"enum": list(RESERVED)}}
    return {**_named(_ref("selector"), description), "propertyNames": names}


def _change() -> Schema:
    """
    What is changed of inherited things. A rule's id is no key of its change: that is what `ids` is for.
    """
    rules = [
        {**_object({name: schema for name, schema in each["properties"].items() if name != "id"}), "minProperties": 1}
        for each in (_rule(), _archive_rule())
    ]
    return _told(
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "values": _named(TEXT, "Inherited values that mean something else here."),
                "selectors": _selectors("Inherited selectors that name another place here."),
                "code-lists": _named(_ref("code-list"), "Inherited code lists that hold other codes here."),
                "interactions": _named(_ref("interaction"), "Keys of inherited interactions that say otherwise here."),
            },
            "additionalProperties": {"anyOf": rules},
        },
        "New values of keys of inherited rules, by id, and of values, selectors, code lists and interactions.",
    )


def _code_list() -> Schema:
    codes = {"anyOf": [TEXTS, {"type": "object", "additionalProperties": TEXT, "minProperties": 1}]}
    made = _object(
        {
            "file": _told({"type": "string"}, "A CSV file in the pack's folder; its first line names the columns."),
            "codes": _told(codes, "The codes, or each code with its description."),
            "range": _told(
                {"type": "array", "items": _text("^[0-9]{1,18}$"), "minItems": 2, "maxItems": 2},
                "The first and the last number.",
            ),
            "of": _told({"type": "string"}, "The list whose codes inside the range are meant."),
            "system": _told({"type": "string"}, "The URI of the code system."),
        }
    )
    kinds = [{"required": [kind]} for kind in ("file", "codes", "range")]
    return {**made, "oneOf": kinds, "dependencies": {"of": ["range"]}}


def _interaction() -> Schema:
    return _object(
        {
            "title": _told(TEXT, "Its name for people."),
            "published-as": _told(TEXTS, "The names that the publication uses."),
            "answers": _told({"type": "string"}, "The interaction whose message this one answers."),
            "requires": _told(_ref("checks"), "Checks that must hold."),
            "clues": _told(_ref("checks"), "Checks that are counted when packs compete."),
        }
    )


def _rule() -> Schema:
    each = _object(
        {
            "select": _told({"type": "string"}, "A selector or an XPath."),
            "count": _told(RANGE, "How many such nodes there must be."),
        },
        ("select",),
    )
    return _object(
        {
            "id": _told(_id(), "The publication's own number."),
            "text": _told(_WORDS, "One sentence that can be true or false."),
            "level": _told(_one_of(LEVELS), "MUST is an error, SHOULD a warning, MAY information."),
            "for": _told({"anyOf": [TEXT, TEXTS]}, "The interactions it applies to; all when left out."),
            "when": _told(_ref("checks"), "It applies when these hold."),
            "given": _told(_mapping({"anyOf": [TEXT, TEXTS]}), "It applies when the caller states these facts."),
            "each": _told({"anyOf": [{"type": "string"}, each]}, "The checks are asked of every one of these nodes."),
            "check": _told(_ref("checks"), "What must hold."),
            "message": _told(TEXT, "The sentence on failure; may name {found} {expected} {display} {selector}."),
            "remedy": _told(TEXT, "What to do about it."),
            "response-code": _told(TEXT, "What an ITK3 receiver answers when it fails."),
            "part": _told(TEXT, "What of the requirement stays unchecked."),
            "status": _told(_one_of(STATUSES), "Draft rules are read, not run."),
            "source": _told(TEXT, "The clause in the publication."),
            "link": _told(TEXT, "Where to read it."),
            "xpath": _told(_xpath_version(), "The XPath version of its test expressions."),
            "expensive": _told(TEXT, "Why an XPath that walks the whole message is worth it."),
            "unprovable": _told(TEXT, "Why itk3 test cannot make it fail by breaking a message that it passes."),
        },
        ("id", "text", "check"),
    )


def _archive_rule() -> Schema:
    own = _rule()["properties"]
    kept = (*("id", "text", "level", "for", "when"), *("message", "remedy", "response-code", "part"))
    verbs = {name: _told(dict(verb.schema), verb.summary) for name, verb in ARCHIVE_VERBS.items()}
    one = {**_object(verbs), "minProperties": 1, "maxProperties": 1}
    return _object(
        {
            **{name: own[name] for name in kept},
            "check": _told(one, "What one message has to be to the others; one verb."),
            **{name: own[name] for name in ("status", "source", "link", "unprovable")},
        },
        ("id", "text", "check"),
    )


def _checks() -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {
            "test": _told(VERBS["test"].schema, VERBS["test"].summary),
            "any-of": _told(
                {"type": "array", "items": _ref("checks"), "minItems": 2}, "Alternatives of which one must hold."
            ),
        },
        "additionalProperties": _ref("asked"),
    }


def _asked() -> Schema:
    verbs = {name: _told(verb.schema, verb.summary) for name, verb in VERBS.items() if name != "test"}
    some = _told(_one_of(("true",), boolean=True), "It is enough that one value holds.")
    bare = [{"const": name, "description": verb.summary} for name, verb in VERBS.items() if verb.bare]
    return {"anyOf": [{"oneOf": bare}, {**_object({**verbs, "some": some}), "minProperties": 1}]}


def _test() -> Schema:
    places = {"anyOf": [TEXT, TEXTS]}
    outcomes = {
        each.value: _told({"anyOf": [TEXT, TEXTS]}, f"The rules with the outcome {each.value}.") for each in Outcome
    }
    made = {
        "message": _told(_WORDS, "A file in the pack's folder or in samples/."),
        "facts": _told(_mapping(TEXT), "What the caller states."),
        "interaction": _told(TEXT, "What kind of message it is, when that is not to be recognised."),
        "change": _told(_mapping(TEXT), "Place to new value."),
        "remove": _told(places, "Places that are taken out of the message."),
        "repeat": _told(places, "Places that stand twice in the message then."),
        "insert": _told(_mapping(TEXT), "Place that is added, with its value."),
    }
    several = {"anyOf": [_WORDS, _object(made, ("message",))]}
    test = _object(
        {
            "name": _told(TEXT, "What it shows, in a few words."),
            **made,
            "request": _told(TEXT, "The message that it answers."),
            "messages": _told(
                {"type": "array", "items": several, "minItems": 1}, "The messages of an archive, for the rules over it."
            ),
            "expect": _told(
                {"anyOf": [{"const": "pass"}, {**_object(outcomes), "minProperties": 1}]},
                "pass, or which rules have which outcome.",
            ),
        },
        ("expect",),
    )
    alone = {"not": {"anyOf": [{"required": [name]} for name in (*made, "request")]}}
    return {**test, "oneOf": [{"required": ["message"]}, {"required": ["messages"], **alone}]}


def _source() -> Schema:
    keys = {
        "document": "The title of the publication.",
        "publisher": "Who published it.",
        "version": "Its version.",
        "url": "Where to read it.",
        "licence": "The licence of its text.",
    }
    fields = {name: _told(_WORDS, description) for name, description in keys.items()}
    return _told(_object(fields, ("document",)), "The publication that the rules come from.")


def _xpath_version() -> Schema:
    return {"enum": [*VERSIONS, *map(float, VERSIONS)]}


def _id() -> Schema:
    return _text(f"^{RULE_ID.pattern}$")


def _text(pattern: str) -> Schema:
    return {"type": ["string", "number"], "pattern": pattern}


def _one_of(values: Any, *, boolean: bool = False) -> Schema:
    words = list(values)
    return {"enum": [*words, *(word == "true" for word in words)]} if boolean else {"enum": words}


def _told(schema: Any, description: str) -> Schema:
    # Beside a $ref draft-07 knows no other keyword.
    return {**({"allOf": [schema]} if "$ref" in schema else schema), "description": description}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _mapping(value: Schema | Any) -> Schema:
    return {"type": "object", "additionalProperties": value, "minProperties": 1}


def _named(value: Schema | Any, description: str) -> Schema:
    return _told({**_mapping(value), "propertyNames": {"pattern": _NAME}}, description)


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    made: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**made, "required": list(required)} if required else made
