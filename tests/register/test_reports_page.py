"""The page about reports names every field and every rule."""

from __future__ import annotations

import re

import pytest

from darknumber.register.reading.intake import REASONS
from darknumber.register.reading.mapping_file import mapping_of
from darknumber.register.reading.remarks import REMARKS
from darknumber.register.reading.schema import field_of, fields, is_pseudonym, laws


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "docs" / "reports.md").read_text(encoding="utf-8")


def test_every_field_is_on_it_with_whether_it_identifies(page):
    found = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, flags=re.MULTILINE))
    named = [name for name in fields() if not is_pseudonym(name)]
    assert [name for name in named if ("identifies" in found[name]) != field_of(name).identifying] == []


def test_every_rule_is_on_it(page):
    assert [code for code in (*REASONS, *REMARKS, "duplicate_id") if f"| `{code}` |" not in page] == []


def test_every_law_is_on_it_with_its_days(page):
    for law in laws().values():
        if "." not in law.code:
            line = next(line for line in page.splitlines() if line.startswith(f"| `{law.code}`"))
            assert all(day.isoformat() in line for day in (law.first, law.last) if day)


def test_its_mapping_is_one(page):
    text = re.search(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    assert text is not None
    found = mapping_of(text[1], "page.toml")
    assert found.fields["means"].members == {"Geweld": "M1", "Schulden": "M2"}
