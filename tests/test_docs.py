"""The committed documentation is the one that the code gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import make_docs
from gigaplan.plan.summary import KEYS

ROOT = Path(__file__).parent.parent


def test_reference_and_formulation_are_current():
    assert make_docs.stale(make_docs.reference()) == [], make_docs.HINT


def test_outputs_and_tutorial_are_current(three_states):
    assert make_docs.stale(make_docs.solved(three_states)) == [], make_docs.HINT


def test_stale_pages_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(make_docs, "DOCS", tmp_path)
    page = "Text\n```console\n$ gigaplan plan x\nIT power [GW]  0.500\nTX 0.1\n```\n"
    (tmp_path / "tutorial.md").write_text(page)
    for old, new, stale in (
        ("0.500", "0.505", False),
        ("TX 0.1", "OK 0.1", False),
        ("0.500", "0.600", True),
        ("plan x", "plan y", True),
        ("Text", "Words", True),
    ):
        assert (make_docs.stale({"tutorial.md": page.replace(old, new)}) != []) is stale
    assert make_docs.stale({"inputs.md": ""}) == []
    assert make_docs.stale({"inputs.md": "new"}) == ["inputs.md"]


@pytest.mark.parametrize(
    "page", sorted(p.name for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
)
def test_links_lead_somewhere(page):
    path = next(p for p in (ROOT / page, ROOT / "docs" / page) if p.exists())
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), f"{page}: {target}"


def test_every_key_of_the_summary_is_described():
    text = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
    table = text.partition("## Summary")[2].partition("## Tables")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == set(KEYS)
