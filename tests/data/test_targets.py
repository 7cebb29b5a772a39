"""Places to write to, told before the work whether they will do."""

from __future__ import annotations

import os

import pytest

from darknumber.data.targets import folder_for, place_for
from darknumber.errors import InputError


def code(call) -> str:
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value)
    return caught.value.code


def test_a_place_in_a_folder_that_is_there_will_do_and_nothing_is_made(tmp_path):
    assert place_for(tmp_path / "new.dn") == tmp_path / "new.dn"
    assert place_for(tmp_path / "a" / "b" / "new.html", make_folders=True).name == "new.html"
    assert folder_for(tmp_path / "a" / "b").name == "b"
    assert list(tmp_path.iterdir()) == []


def test_places_that_will_not_do(tmp_path):
    (tmp_path / "file").touch()
    assert code(lambda: place_for(tmp_path)) == "is_a_folder_to_write"
    assert code(lambda: place_for(tmp_path / "no" / "new.dn")) == "no_such_folder"
    assert code(lambda: place_for(tmp_path / "file" / "new.dn")) == "not_a_folder"
    assert code(lambda: place_for(tmp_path / "file" / "a" / "new.dn", make_folders=True)) == "not_a_folder"
    assert code(lambda: folder_for(tmp_path / "file")) == "not_a_folder"


def test_a_folder_that_is_not_ours(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # whoever runs the tests may be allowed everything
    assert code(lambda: place_for(tmp_path / "new.dn")) == "folder_not_writable"
