"""TOML files that people write."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.toml_text import bare, line_of, quoted, spelled, tree_of

TEXT = """# a comment
[publication]

floor = 10
unstable = 5

[[beside]]
title = "one"
[[beside]]
file = "two"
"""


def test_the_line_of_a_value():
    assert line_of(TEXT, ("publication", "floor")) == 4
    assert line_of(TEXT, ("beside", 1, "file")) == 10


def test_a_key_that_is_not_in_the_file_is_placed_at_its_table():
    assert line_of(TEXT, ("publication", "ceiling")) == 2
    assert line_of(TEXT, ("model", "level")) == 1


def test_a_key_as_one_would_say_it():
    assert spelled(("beside", 1, "file")) == "beside[2].file"


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        ("a = 1\nb = \n", 2, "b ="),
        ("[a\n", 1, "[a"),
        ("a = [", 1, "a = ["),
        ("", 0, ""),
        ("a = " + "[" * 20_000, 1, "a = " + "[" * 20_000),
        ("a = " + "9" * 5000, 1, "a = " + "9" * 5000),
    ],
)
def test_where_a_text_stops_being_toml(text, line, shown):
    tree, found, there = tree_of(text)
    assert (tree is None) == (line > 0)
    assert (found, there) == (line, shown)


@given(st.text())
def test_any_text_is_toml_or_is_not(text):
    tree, line, _ = tree_of(text)
    assert (tree is None) == (line > 0)


@given(st.text(), st.text())
def test_names_and_texts_read_back(name, text):
    if "\r" in name + text or "\ud800" <= max(name + text, default="") <= "\udfff":
        return
    assert tomllib.loads(f"{bare(name)} = {quoted(text)}") == {name: text}
