"""The published JSON schema of study files."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema
import pytest

from darknumber.run.study_schema import schema, schema_text

PUBLISHED = Path(__file__).parents[2] / "docs" / "study.schema.json"


def plain(text: str):
    """A study file as JSON has it: days as text."""

    def walk(node):
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return node.isoformat() if hasattr(node, "isoformat") else node

    return walk(tomllib.loads(text))


def test_the_published_schema_is_the_one_of_the_code():
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text()


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


GOOD = '[study]\npublished = 2021-11-29\ntitle = {nl = "x"}\n[data]\nsource = "a"\n[tables]\nmeans = [[2018, "2019"]]\n'


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (GOOD, True),
        (GOOD + "[letter]\n", True),
        (GOOD.replace("source", "sources"), False),
        (GOOD + "[model]\nlevel = true\n", False),
        (GOOD + "[trust]\nstudies = ['checks']\n", False),
        (GOOD + "[lists.police]\ncovers = 3\n", False),
    ],
)
def test_it_agrees_with_the_reader(tmp_path, text, right):
    from darknumber.errors import InputError
    from darknumber.run.study_file import read_study

    path = tmp_path / "study.toml"
    path.write_text(text)
    assert jsonschema.Draft202012Validator(schema()).is_valid(plain(text)) is right
    if right:
        read_study(path)
    else:
        with pytest.raises(InputError):
            read_study(path)
