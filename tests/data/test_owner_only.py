"""Files for one pair of eyes, whole or not at all."""

from __future__ import annotations

import pytest

from darknumber.data.owner_only import written_whole


def test_only_its_owner_can_read_it_also_where_others_could(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    path.chmod(0o644)
    with written_whole(path) as waiting:
        assert waiting.stat().st_mode & 0o777 == 0o600
        waiting.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_of_what_was_broken_off(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def break_off():
        with written_whole(path) as waiting:
            waiting.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_to(tmp_path, refused):
    def write():
        with written_whole(tmp_path / "none" / "a.csv"):
            pass

    assert refused(write).code == "no_such_folder"
