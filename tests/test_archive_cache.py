"""
Rules over the archive are kept with the rest of a checked pack.
"""

from __future__ import annotations

import pytest

from itk3_validator import load_packs
from pack_builder import write_pack

CHECKS = [
    "{answered: {within: 2 days, count: 1..2, by: {code: {matches: '3.*'}}, unless: {code: {in: codes}}}}",
    "{answered: {count: 0..1}}",
    "{request-known: {within: 1 week}}",
    "{after-request: true}",
    "{after-request: {tolerance: 90 seconds}}",
    "{no-answer-before: {any-of: [{code: present}, {id: {same-as: code}}]}}",
    "{unique: id}",
    "{unique: {of: id, per: [code]}}",
    "{covers: {of: code, codes: codes}}",
]


@pytest.mark.parametrize("check", CHECKS)
def test_a_kept_pack_is_the_pack(tmp_path, monkeypatch, check):
    """
    What comes from the cache is equal to what comes from the files.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = (
        "selectors: {id: /f:Bundle/f:id, code: /f:Bundle/f:type}\ncode-lists: {codes: {codes: [A]}}\n"
        f"archive:\n  - {{id: R, text: T., for: letter, when: {{request.id: present}}, check: {check}}}\n"
    )
    pack = write_pack(tmp_path, text)
    first = load_packs([pack], cache=True)
    kept = load_packs([pack], cache=True)

    assert list((tmp_path / "cache" / "itk3-validator").iterdir())
    assert kept[0].archive == first[0].archive == load_packs([pack])[0].archive
    assert len(kept[0].archive) == 1
