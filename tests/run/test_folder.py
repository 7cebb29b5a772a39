"""Run folders: whole or not at all, and never in the place of something else."""

from __future__ import annotations

import json
import stat

import pytest

from darknumber.errors import InputError
from darknumber.run.folder import (
    INTERNAL,
    MANIFEST,
    Manifest,
    check_target,
    finish,
    fresh,
    hashes,
    read_manifest,
    work_folder,
)


def made(target, text="one"):
    new = fresh(work_folder(target))
    (new / "a.csv").write_text(text)
    (new / "en").mkdir()
    (new / "en" / "b.csv").write_text(text)
    return finish(new, target, Manifest(facts={"seed": 1}, files=hashes(new), times={"started": "now"}))


def test_a_folder_is_there_with_its_files_and_their_hashes(tmp_path):
    target = made(tmp_path / "study-run")
    manifest = read_manifest(target)
    assert list(manifest.files) == ["a.csv", "en/b.csv"]
    assert manifest.files == hashes(target)
    assert manifest.whole
    assert (manifest.facts, manifest.times) == ({"seed": 1, INTERNAL: {}}, {"started": "now"})
    assert [path.name for path in tmp_path.iterdir()] == ["study-run"]


def test_an_older_run_is_replaced_whole(tmp_path):
    target = made(tmp_path / "run")
    (target / "added").write_text("x")
    made(target, "two")
    assert (target / "a.csv").read_text() == "two"
    assert not (target / "added").exists()


def test_what_an_interrupted_run_left_is_never_taken_for_whole(tmp_path):
    target = made(tmp_path / "run")
    work = work_folder(target)
    half = fresh(work)
    (half / "a.csv").write_text("half")
    (work / "estimate-0123.dn").write_text("kept")
    assert (target / "a.csv").read_text() == "one"
    again = fresh(work)
    assert not half.exists()
    assert (work / "estimate-0123.dn").exists()
    assert [path.name for path in again.iterdir()] == [INTERNAL]


def test_exact_counts_are_for_the_owner_only(tmp_path):
    target = tmp_path / "run"
    work = work_folder(target)
    assert stat.S_IMODE(work.stat().st_mode) == 0o700
    assert stat.S_IMODE((fresh(work) / INTERNAL).stat().st_mode) == 0o700


def test_other_files_are_not_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError) as refused:
        check_target(tmp_path)
    assert refused.value.code == "not_a_run_folder_to_replace"
    with pytest.raises(InputError) as refused:
        check_target(tmp_path / "notes.txt")
    assert refused.value.code == "not_a_folder"
    assert check_target(tmp_path / "new") == tmp_path / "new"
    (tmp_path / "empty").mkdir()
    check_target(tmp_path / "empty")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "not json"])
def test_a_folder_without_a_readable_list_of_files_is_no_run_folder(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError) as refused:
        read_manifest(tmp_path)
    assert refused.value.code == "not_a_run_folder"


def test_a_folder_of_a_newer_darknumber_is_refused(tmp_path):
    (tmp_path / MANIFEST).write_text(json.dumps({"format": 99, "files": {}, "times": {}}))
    with pytest.raises(InputError) as refused:
        read_manifest(tmp_path)
    assert refused.value.code == "newer_run_folder"


def test_no_folder_at_all(tmp_path):
    with pytest.raises(InputError) as refused:
        read_manifest(tmp_path / "nothing")
    assert refused.value.code == "no_such_folder"
