"""Long runs: an answer knows the code behind it, and a stopped run goes on where it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evidence import record


@pytest.fixture
def here(tmp_path):
    """A small project: one source, one run."""
    (tmp_path / "src").mkdir()
    (tmp_path / "evidence").mkdir()
    (tmp_path / "src" / "model.py").write_text("answer = 42\n")
    (tmp_path / "evidence" / "coverage.py").write_text("run = None\n")
    return tmp_path


def run_of(work) -> record.Run:
    return record.Run(name="coverage", question="How many?", sources=("src/*.py", "evidence/coverage.py"), work=work)


def quiet(_: str) -> None:
    """Say nothing."""


def test_a_run_that_was_never_done(here):
    assert record.changed(run_of(lambda part: {}), here) is None


def test_an_answer_is_up_to_date_until_a_source_changes(here):
    run = run_of(lambda part: {"n": part("first", lambda: 1)})
    record.do(run, here, quiet)
    assert record.changed(run, here) == ()
    (here / "src" / "model.py").write_text("answer = 43\n")
    assert record.changed(run, here) == ("src/model.py",)


def test_a_new_source_makes_an_answer_old(here):
    run = run_of(lambda part: {})
    record.do(run, here, quiet)
    (here / "src" / "other.py").write_text("")
    assert record.changed(run, here) == ("src/other.py",)


def test_the_run_itself_is_a_source(here):
    run = run_of(lambda part: {})
    record.do(run, here, quiet)
    (here / "evidence" / "coverage.py").write_text("run = 1\n")
    assert record.changed(run, here) == ("evidence/coverage.py",)


def test_line_endings_change_nothing(here):
    run = run_of(lambda part: {})
    record.do(run, here, quiet)
    (here / "src" / "model.py").write_bytes(b"answer = 42\r\n")
    assert record.changed(run, here) == ()


def test_a_source_edited_during_the_run_leaves_an_old_answer(here):
    def work(part):
        (here / "src" / "model.py").write_text("answer = 0\n")
        return {}

    run = run_of(work)
    record.do(run, here, quiet)
    assert record.changed(run, here) == ("src/model.py",)


def test_a_pattern_that_matches_nothing_is_an_error(here):
    run = record.Run(name="coverage", question="?", sources=("src/gone.py",), work=lambda part: {})
    with pytest.raises(FileNotFoundError, match="gone"):
        record.do(run, here, quiet)


def stopping_after(parts: int, done: list[int]):
    """A run of three parts that is stopped after so many."""

    def one(number: int) -> int:
        done.append(number)
        return number

    def work(part):
        total = 0
        for number in range(3):
            if len(done) == parts:
                raise KeyboardInterrupt
            total += part(f"part {number}", lambda number=number: one(number))
        return {"total": total}

    return work


def test_a_stopped_run_goes_on_where_it_was(here):
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        record.do(run_of(stopping_after(2, done)), here, quiet)
    assert not record.answer_file("coverage", here).exists()
    path = record.do(run_of(stopping_after(99, done)), here, quiet)
    assert done == [0, 1, 2]
    assert json.loads(path.read_text())["result"] == {"total": 3}


def test_parts_outlive_the_rule_they_are_judged_by(here):
    (here / "evidence" / "rule.py").write_text("least = 0.92\n")
    done: list[int] = []
    run = replace(run_of(stopping_after(99, done)), judged=("evidence/rule.py",))
    record.do(run, here, quiet)
    assert record.changed(run, here) == ()
    (here / "evidence" / "rule.py").write_text("least = 0.93\n")
    assert record.changed(run, here) == ("evidence/rule.py",)
    record.do(run, here, quiet)
    assert record.changed(run, here) == ()
    assert done == [0, 1, 2]


def test_parts_of_other_code_are_not_taken_up_and_not_lost(here):
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        record.do(run_of(stopping_after(2, done)), here, quiet)
    (here / "src" / "model.py").write_text("answer = 43\n")
    record.do(run_of(stopping_after(99, done)), here, quiet)
    assert done == [0, 1, 0, 1, 2]
    (here / "src" / "model.py").write_text("answer = 42\n")
    record.do(run_of(stopping_after(99, done)), here, quiet)
    assert done == [0, 1, 0, 1, 2, 2]


def test_an_answer_names_no_machine(here):
    path = record.do(run_of(lambda part: {"n": 1}), here, quiet)
    answer = json.loads(path.read_text())
    assert set(answer) == {"name", "question", "result", "seconds", "versions", "sources"}
    assert str(here) not in path.read_text()


def test_every_run_can_be_loaded_and_finds_its_sources():
    for name in record.names():
        run = record.load(name)
        assert run.question.endswith("?")
        assert record.fingerprints(run)
