"""Results on disk: whole or not there, and refused where they are none of ours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.archive import UNREADABLE, is_archive, names_in, read_archive, write_archive
from darknumber.data.table import Covariate
from darknumber.errors import InputError

KINDS = {"Covariate": Covariate}

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(plain)
def test_what_goes_in_comes_out(tmp_path_factory, value):
    path = write_archive(tmp_path_factory.mktemp("a") / "a.dn", {"value": value}, {})
    assert read_archive(path, {}) == {"value": value}


def test_arrays_and_things_come_back(tmp_path):
    thing = Covariate(name="sex", levels=("f", "m"))
    tree = {"thing": thing, "arrays": (np.arange(3), np.array([0.5, np.inf])), "number": np.float64(2.5)}
    found = read_archive(write_archive(tmp_path / "a.dn", tree, KINDS), KINDS)
    assert found["thing"] == thing
    assert found["number"] == 2.5
    assert found["arrays"][0].tolist() == [0, 1, 2]
    assert found["arrays"][1].tolist() == [0.5, np.inf]
    assert not found["arrays"][0].flags.writeable


def test_names_are_told_without_reading_the_rest(tmp_path):
    path = write_archive(tmp_path / "a.dn", {"format": 1, "linked": Covariate(name="a", levels=("b",))}, KINDS)
    assert names_in(path) == ("format", "linked")
    assert is_archive(path)
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    assert names_in(tmp_path / "b.csv") == ()
    assert not is_archive(tmp_path / "b.csv")


def test_a_kind_that_is_not_known_is_refused(tmp_path):
    path = write_archive(tmp_path / "a.dn", {"thing": Covariate(name="a", levels=("b",))}, KINDS)
    with pytest.raises(UNREADABLE):
        read_archive(path, {})


def test_a_damaged_file_is_refused(tmp_path):
    path = write_archive(tmp_path / "a.dn", {"array": np.arange(1000)}, {})
    held = path.read_bytes()
    for length in (0, 10, len(held) // 2, len(held) - 5):
        (tmp_path / "b.dn").write_bytes(held[:length])
        with pytest.raises(UNREADABLE):
            read_archive(tmp_path / "b.dn", {})


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = write_archive(tmp_path / "a.dn", {"value": 1}, {})
    with pytest.raises(TypeError):
        write_archive(path, {"value": object()}, {})
    assert read_archive(path, {}) == {"value": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["a.dn"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(InputError):
        write_archive(tmp_path / "nowhere" / "a.dn", {"value": 1}, {})
