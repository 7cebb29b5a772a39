"""The key of the code: another wherever an answer could be another, and the same everywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from darknumber.lab import fingerprint
from darknumber.lab.fingerprint import LAYERS, PACKAGE, of_code, of_function, of_sources

VERSIONS = {"numpy": "2.0"}


@pytest.fixture
def package(tmp_path) -> Path:
    for layer in (*LAYERS, "words", "views"):
        (tmp_path / layer).mkdir()
        (tmp_path / layer / "one.py").write_bytes(b"a = 1\n")
    return tmp_path


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_that_can_change_an_answer_counts(package, layer):
    before = of_sources(package, VERSIONS)
    (package / layer / "one.py").write_bytes(b"a = 2\n")
    changed = of_sources(package, VERSIONS)
    (package / layer / "two.py").write_bytes(b"")
    assert len({before, changed, of_sources(package, VERSIONS)}) == 3


def test_names_and_borders_of_files_count(package):
    before = of_sources(package, VERSIONS)
    (package / "lab" / "one.py").rename(package / "lab" / "other.py")
    assert of_sources(package, VERSIONS) != before


def test_libraries_count(package):
    assert of_sources(package, VERSIONS) != of_sources(package, {"numpy": "2.1"})


def test_what_only_says_things_does_not_count(package):
    before = of_sources(package, VERSIONS)
    (package / "words" / "one.py").write_bytes(b"a = 2\n")
    (package / "views" / "two.py").write_bytes(b"a = 2\n")
    (package / "lab" / "printing_one.py").write_bytes(b"a = 2\n")
    (package / "lab" / "one.py").write_bytes(b"a = 1\r\n")
    assert of_sources(package, VERSIONS) == before


def test_the_layers_are_there_and_the_key_is_made_once(monkeypatch):
    assert all((PACKAGE / layer / "__init__.py").is_file() for layer in LAYERS)
    key = of_code()
    assert len(key) == 32
    monkeypatch.setattr(fingerprint, "of_sources", lambda *_: "made again")
    assert of_code() == key


def test_a_function_is_known_by_its_file(tmp_path):
    assert of_function(None) == ""
    assert of_function(len) == ""
    assert of_function(of_code.__wrapped__) == of_function(of_sources) != ""
