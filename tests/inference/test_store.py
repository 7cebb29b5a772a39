"""Answers on disk: the same when they come back, and never a file that runs something."""

from __future__ import annotations

import json
import zipfile
from contextlib import suppress
from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap, LogNormal, Profile
from darknumber.inference.store import FORMAT, load, save
from darknumber.models import Chapman, LincolnPetersen, LogLinear, Stepwise, Stratified
from tests.oracles import covariates_of, random_table


def alike(one, other):
    """Whether two values are the same, arrays and nan included; the tree is walked as deep as it goes."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if is_dataclass(one) and not isinstance(one, type):
        same = all(alike(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
        return type(one) is type(other) and same
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    return one == other or (one != one and other != other)


def with_everything():
    """Strata with and without a number, values not recorded, and findings."""
    form = Covariate(name="form", levels=("a", "b", NOT_RECORDED))
    rng = np.random.default_rng(1)
    drawn = random_table(rng, lists=3, levels=(2, 3), people=200, on_list=(0.1, 0.4))
    return CaptureTable.build(
        drawn.lists,
        drawn.history,
        drawn.count,
        covariates=[*covariates_of((2,)), form],
        levels=list(np.unravel_index(drawn.stratum, drawn.shape)),
        unit="person-year",
        name="a, b & c.csv",
        findings=[Finding(code="replicates_infinite", where="form", values={"share": 0.5, "levels": ("a", "b")})],
    )


ANSWERS = {
    "search": lambda: estimate(with_everything(), Stepwise(), Bootstrap(replicates=6), seed=2**63 + 5),
    "bca": lambda: estimate(with_everything(), LogLinear("A:form"), Bootstrap(replicates=6, limits="bca")),
    "strata": lambda: estimate(with_everything(), Stratified(LogLinear(), ("u",)), Bootstrap(replicates=4)),
    "profile": lambda: estimate(CaptureTable.build("AB", [1, 2], [9, 8]), LogLinear(), Profile()),
    "lognormal": lambda: estimate(CaptureTable.build("AB", [1, 2, 3], [9, 8, 3]), Chapman(), LogNormal(), level=0.8),
    "a mean": lambda: estimate(with_everything(), LogLinear(), Bootstrap(replicates=4)).mean("u", ["1", "2"]),
    "no number": lambda: estimate(CaptureTable.build("AB", [1, 2], [9, 8]), LincolnPetersen(), Bootstrap(replicates=4)),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_comes_back_the_same(name, tmp_path):
    answer = ANSWERS[name]()
    path = save(answer, tmp_path / "answer.dn")
    again = load(path)
    assert alike(again, answer)
    assert str(again) == str(answer)
    assert alike(load(str(path)).by(), answer.by() if answer.bounds is None else answer)


def test_arrays_are_read_only(tmp_path):
    answer = load(save(ANSWERS["bca"](), tmp_path / "answer"))
    for field in ("observed", "draws", "jackknife", "verdict"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(answer, field)[0] = 0


def test_no_person_is_in_the_file(tmp_path):
    """Counts by stratum and history, draws and settings: nothing as long as the people are many."""
    table = random_table(np.random.default_rng(0), lists=3, people=50_000, on_list=(0.2, 0.4))
    path = save(estimate(table, LogLinear(), Bootstrap(replicates=5)), tmp_path / "answer.dn")
    with np.load(path) as archive:
        assert max(archive[name].size for name in archive.files if name != "tree") < 100
    assert path.stat().st_size < 20_000


def test_a_file_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "answer.dn"
    save(ANSWERS["profile"](), path)
    before = path.read_bytes()

    def broken(*args, **kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "savez_compressed", broken)
    with pytest.raises(InputError) as caught:
        save(ANSWERS["profile"](), path)
    assert caught.value.code == "cannot_write"
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["answer.dn"]


def test_a_place_that_is_not_there_is_told(tmp_path):
    for path, code in ((tmp_path / "no" / "x.dn", "no_such_folder"), (tmp_path, "is_a_folder_to_write")):
        with pytest.raises(InputError) as caught:
            save(ANSWERS["profile"](), path)
        assert caught.value.code == code


def written(path, tree, **arrays):
    text = np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)
    with path.open("wb") as stream:
        np.savez(stream, tree=text, **arrays)
    return path


def some_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    return path


def pickled(path):
    np.save(path.with_suffix(".npy"), np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return path.with_suffix(".npy")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path, "file_not_found"),
        (lambda path: path.write_text("not one of ours") and path, "not_estimates"),
        (lambda path: path.write_bytes(b"") or path, "not_estimates"),
        (some_zip, "not_estimates"),
        (pickled, "not_estimates"),
        (lambda path: written(path, {}), "not_estimates"),
        (lambda path: written(path, [1, 2]), "not_estimates"),
        (lambda path: written(path, {"format": FORMAT + 1, "estimates": {}}), "newer_estimates"),
        (lambda path: written(path, {"format": FORMAT, "estimates": {"kind": "Path", "fields": {}}}), "not_estimates"),
        (lambda path: written(path, {"format": FORMAT, "estimates": {"array": 3}}), "not_estimates"),
        (lambda path: written(path, {"format": FORMAT, "estimates": 7}), "not_estimates"),
    ],
)
def test_other_files_are_told(make, code, tmp_path):
    with pytest.raises(InputError) as caught:
        load(make(tmp_path / "file.dn"))
    assert caught.value.code == code
    assert str(caught.value)


def test_a_damaged_file_is_told_whatever_is_damaged(tmp_path):
    path = save(ANSWERS["profile"](), tmp_path / "answer.dn")
    whole = path.read_bytes()
    told = set()
    for place in range(40, len(whole) - 40, 97):
        turned = bytes(each ^ 0xFF for each in whole[place : place + 30])
        for broken in (whole[:-place], whole[:place] + turned + whole[place + 30 :]):
            path.write_bytes(broken)
            with suppress(InputError):
                load(path)  # no other error; some bytes do not matter
                told.add(place)
    assert len(told) < 5


def test_a_model_that_is_gone_is_told(tmp_path):
    """Written by someone whose model is not installed here."""
    answer = ANSWERS["profile"]()
    path = save(answer, tmp_path / "answer.dn")
    with np.load(path) as archive:
        tree = json.loads(bytes(archive["tree"]))
        arrays = {name: archive[name] for name in archive.files if name != "tree"}
    text = json.dumps(tree).replace('"log-linear"', '"no-such-model"')
    with pytest.raises(ModelError) as caught:
        load(written(path, json.loads(text), **arrays))
    assert caught.value.code == "unknown_model"
