"""
A small pack, its messages, and one command line: what the tests of waivers and of the baseline share.
"""

from __future__ import annotations

from pathlib import Path

from itk3_validator.adapters.cli import main

PACK = """\
pack: tiny
version: 1.0.0
title: Notes
source: {document: Notes}
facts:
  recipient: {values: [primary, copy]}
selectors:
  header: {xpath: "(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]", safe: true}
  event:  {xpath: "$header/f:event/f:code", safe: true}
  title:  {xpath: "$header/f:title", safe: true}
  notes:  $header/f:note
  said:   {xpath: $notes/f:text, safe: true}
  source-endpoint: {xpath: "$header/f:source/f:endpoint", safe: true}
interactions:
  note:
    requires: {header: present}
    clues: {event: {equals: T1}}
  letter:
    requires: {title: {equals: letter}}
rules:
  - id: T-1
    text: The event is T1.
    check: {event: {equals: T1}}
  - id: T-2
    text: A title is given.
    level: SHOULD
    check: {title: present}
  - id: T-3
    text: A copy says so.
    given: {recipient: copy}
    check: {title: {equals: copy}}
  - id: T-4
    text: Every note says yes.
    each: notes
    check: {./f:text: {equals: "yes"}}
  - id: T-5
    text: A draft.
    status: draft
    check: {title: present}
not-checkable:
  - {id: T-6, because: the transport knows}
"""
GOOD = """\
<Bundle xmlns="http://hl7.org/fhir"><entry><resource><MessageHeader>
  <event><code value="T1"/></event>
  <source><endpoint value="X26OT001"/></source>
  <title value="copy"/>
  <note><text value="yes"/></note>
  <note><text value="yes"/></note>
</MessageHeader></resource></entry></Bundle>
"""
BAD = GOOD.replace("T1", "T2")
OPTIONS = ("--pack", "./tiny", "--trust-pack", "--fact", "recipient=primary")


def lay_out(folder: Path) -> None:
    """
    The pack and two messages, good.xml and bad.xml; the second breaks T-1.
    """
    (folder / "tiny").mkdir()
    for name, text in {"tiny/pack.yaml": PACK, "good.xml": GOOD, "bad.xml": BAD}.items():
        (folder / name).write_text(text, encoding="utf-8")


def validate(capsys, *arguments: str) -> tuple[int, str, str]:
    """
    `itk3 validate` with the small pack: its exit status, and what it printed.
    """
    status = main(("validate", *arguments, *OPTIONS))
    printed = capsys.readouterr()
    return status, printed.out, printed.err
