"""The examples of the page on tables and pictures run, and its lists of kinds are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from darknumber.views.asked import Asked
from darknumber.views.show_plot import PICTURES
from darknumber.views.show_table import TABLES
from darknumber.views.shown_picture import WRITERS as PICTURE_ENDINGS
from darknumber.views.shown_table import WRITERS as TABLE_ENDINGS


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "figures.md").read_text(encoding="utf-8")


def test_the_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        # fewer replicates than on the page, and one worker: what is shown is the same
        code = block.replace("replicates=100", "replicates=10").replace("seed=1)", "seed=1, workers=1)")
        exec(compile(code, "figures.md", "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} == {"by-sex.xlsx", "by-sex.docx", "by-sex.png", "by-sex.svg"}


def test_every_kind_and_every_ending_is_named(page):
    named = set(re.findall(r"`([^`\n]+)`", page))
    for kinds in (*TABLES.values(), *PICTURES.values()):
        assert set(kinds) <= named
    assert set(TABLE_ENDINGS) | set(PICTURE_ENDINGS) <= named
    grouped = {
        name for kinds in (TABLES, PICTURES) for each in kinds.values() for name, maker in each.items() if maker.grouped
    }
    assert grouped == {"numbers", "iceberg", "years", "forest"}
    assert Asked().plain
