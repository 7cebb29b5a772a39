"""Work that waits its turn, goes on, is stopped, or is lost: told as it is, and in nobody else's way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from darknumber.data import spool
from darknumber.errors import InputError
from darknumber.web import jobs, workers
from darknumber.web.jobs import KEPT, MOST_WAITING, Job, Jobs, TooMany
from darknumber.web.workers import Lane, Task, Worker
from tests.web.conftest import PATIENCE

HERE = "tests.web.test_jobs"


# What the processes of these tests do.


def give(value: Any, *, progress: Callable[[int, int, str], None]) -> Any:
    return value


def last(folder: Path, *, progress: Callable[[int, int, str], None]) -> None:
    """Goes on until it is told to stop, and says so."""
    (folder / str(os.getpid())).touch()
    while True:
        progress(1, 2, "fit")
        time.sleep(0.01)


def be_deaf(folder: Path, *, progress: Callable[[int, int, str], None]) -> None:
    """Goes on, whatever is said, with files of its own."""
    spool.new_file(".csv")
    (folder / str(os.getpid())).touch()
    time.sleep(2 * PATIENCE)


def fail(how: str, *, progress: Callable[[int, int, str], None]) -> Any:
    if how == "ours":
        raise InputError("no_rows")
    if how == "memory":
        return bytearray(1 << 60)
    if how == "unsendable":
        return lambda: None
    if how == "loud":
        os.write(1, b"Zwyquox")
        os.write(2, b"Zwyquox")
        print("Zwyquox")
    raise RuntimeError("Zwyquox lives in Braxfjor")


def limits(*, progress: Callable[[int, int, str], None]) -> tuple[int, int, int]:
    import resource  # not on every system

    return resource.getrlimit(resource.RLIMIT_DATA)[0], resource.getrlimit(resource.RLIMIT_CORE)[0], os.nice(0)


def task(name: str, **given: Any) -> Task:
    return Task(call=f"{HERE}:{name}", given=given)


def until(true: Callable[[], Any]) -> Any:
    """What is waited for, once it is there."""
    begun = time.monotonic()
    while not (found := true()):
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.01)
    return found


def gone(number: int) -> bool:
    """Whether there is no such process any more."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    return False


def ended(job: Job) -> Job:
    until(lambda: not job.open)
    return job


class Answers:
    """What came of work, in the order in which it came."""

    def __init__(self) -> None:
        self.found: list[Any] = []

    def __call__(self, answer: Any) -> None:
        self.found.append(answer)


@pytest.fixture(scope="module")
def real() -> Iterator[Jobs]:
    """Jobs with one process."""
    made = Jobs(slow=1, quick=0)
    made.start()
    yield made
    made.close()


@pytest.fixture
def told(real) -> Iterator[Callable[..., Job]]:
    """Ask for work of somebody who is forgotten afterwards; the answers are in `Answers`."""

    def ask(name: str, call: Task, finish: Callable[[Any], None] = lambda _: None, owner: str = "anna") -> Job:
        return real.ask(owner, name, call, "slow", finish)

    yield ask
    for owner in ("anna", "bert"):
        real.forget(owner)


class Stepping(Worker):
    """Does work when it is let, in this process."""

    gate = threading.Semaphore(0)

    def start(self) -> Any:
        return None

    def do(self, task: Task, told: Any, cancelled: Callable[[], bool]) -> Any:
        self.gate.acquire(timeout=PATIENCE)
        return task.given["value"]


@pytest.fixture
def stepping(monkeypatch) -> Iterator[Jobs]:
    """Jobs of which one goes on at each step."""
    monkeypatch.setattr(jobs, "Worker", Stepping)
    monkeypatch.setattr(Stepping, "gate", threading.Semaphore(0))
    made = Jobs(slow=1, quick=0)
    made.start()
    yield made
    Stepping.gate.release(1000)
    made.close()


def waits(made: Jobs, owner: str, value: str, finish: Callable[[Any], None], lane: Lane = "slow") -> Job:
    return made.ask(owner, value, Task(call="", given={"value": value}), lane, finish)


def test_people_take_turns(stepping):
    answers = Answers()
    first = waits(stepping, "anna", "a1", answers)
    until(lambda: first.state == "running")
    others = [waits(stepping, "anna", f"a{place}", answers) for place in (2, 3, 4)]
    others += [waits(stepping, "bert", f"b{place}", answers) for place in (1, 2)]
    others += [waits(stepping, "cora", "c1", answers)]
    order = ["a2", "b1", "c1", "a3", "b2", "a4"]
    assert [stepping.before(job) for job in sorted(others, key=lambda job: order.index(job.name))] == list(range(6))
    Stepping.gate.release(7)
    for job in others:
        ended(job)
    assert answers.found == ["a1", *order]


def test_asking_again_takes_the_place_of_the_same_question(stepping):
    answers = Answers()
    running = waits(stepping, "anna", "a", answers)
    until(lambda: running.state == "running")
    waiting = waits(stepping, "anna", "b", answers)
    again = waits(stepping, "anna", "b", answers)
    assert (waiting.state, again.state, running.state) == ("cancelled", "waiting", "running")
    assert stepping.latest("anna", "b") is again
    other = waits(stepping, "bert", "a", answers)
    third = waits(stepping, "anna", "a", answers)
    assert (other.state, third.state) == ("waiting", "waiting")
    Stepping.gate.release(4)
    for job in (running, again, other, third):
        ended(job)
    assert running.state == "cancelled"
    assert sorted(answers.found) == ["a", "a", "b"]


def test_one_person_cannot_fill_the_line(stepping):
    answers = Answers()
    for place in range(MOST_WAITING):
        waits(stepping, "anna", str(place), answers)
    with pytest.raises(TooMany):
        waits(stepping, "anna", "more", answers)
    waits(stepping, "bert", "more", answers)
    stepping.cancel("anna", stepping.of("anna")[-1].number)
    waits(stepping, "anna", "more", answers)
    with pytest.raises(TooMany):
        waits(stepping, "anna", "and more", answers)


def test_work_that_waits_is_cancelled_at_once(stepping):
    answers = Answers()
    running, waiting = waits(stepping, "anna", "a", answers), waits(stepping, "anna", "b", answers)
    until(lambda: running.state == "running")
    stepping.cancel("bert", waiting.number)
    assert waiting.state == "waiting"
    stepping.cancel("anna", waiting.number)
    assert (waiting.state, stepping.before(waiting)) == ("cancelled", 0)
    Stepping.gate.release(2)
    ended(running)
    assert answers.found == ["a"]


def test_of_work_that_has_ended_little_is_kept(stepping):
    held = []
    for place in range(KEPT + 30):
        held.append(waits(stepping, "anna", str(place), Answers()))
        Stepping.gate.release()
        ended(held[-1])
    assert len(stepping.of("anna")) <= KEPT + 1
    assert {len(job.task.given) for job in held} == {0}
    assert all(not isinstance(job.finish, Answers) for job in held)
    stepping.forget("anna")
    assert stepping.of("anna") == ()


def test_an_answer_that_nobody_can_take_does_not_end_the_thread(stepping):
    def refuse(_: Any) -> None:
        raise RuntimeError

    Stepping.gate.release(2)
    assert ended(waits(stepping, "anna", "a", refuse)).error == "fault"
    assert ended(waits(stepping, "anna", "b", Answers())).state == "done"


def test_closing_lets_nobody_wait(stepping):
    some = [waits(stepping, "anna", str(place), Answers()) for place in range(3)]
    Stepping.gate.release(10)
    stepping.close()
    assert not any(job.open for job in some)
    assert stepping.closed


def test_a_process_gives_its_answer(told):
    answers = Answers()
    job = ended(told("a", task("give", value=[1, 2]), answers))
    assert (job.state, job.error, answers.found) == ("done", None, [[1, 2]])
    assert job.seconds < PATIENCE


@pytest.mark.parametrize(
    ("how", "error"),
    [("ours", "no_rows"), ("memory", "memory"), ("unsendable", "fault"), ("other", "fault"), ("loud", "fault")],
)
def test_what_went_wrong_is_told_without_any_data_and_the_process_goes_on(told, real, capfd, how, error):
    before = real.workers[0].process_id
    job = ended(told("a", task("fail", how=how)))
    found = job.error.code if isinstance(job.error, InputError) else job.error
    assert (job.state, found) == ("failed", error)
    assert "Zwyquox" not in str(vars(job.error) if isinstance(job.error, InputError) else job.error)
    assert getattr(job.error, "__traceback__", None) is None
    assert ended(told("b", task("give", value=1))).state == "done"
    assert before in (None, real.workers[0].process_id)
    assert "Zwyquox" not in "".join(capfd.readouterr())


def test_what_cannot_be_asked_is_a_fault_and_nothing_more(told):
    assert ended(told("a", task("give", value=lambda: None))).error == "fault"
    assert ended(told("a", Task(call="tests.web.nowhere:at_all", given={}))).error == "fault"
    assert ended(told("b", task("give", value=1))).state == "done"


def test_work_that_goes_on_tells_how_far_it_is_and_stops_when_it_is_asked(told, real, tmp_path):
    job = told("a", task("last", folder=tmp_path))
    until(lambda: (job.done, job.total, job.what) == (1, 2, "fit"))
    process, version = real.workers[0].process_id, real.version
    real.cancel("bert", job.number)
    assert job.state == "running"
    real.cancel("anna", job.number)
    assert ended(job).state == "cancelled"
    assert job.seconds < PATIENCE
    assert real.version > version
    assert ended(told("b", task("give", value=1))).state == "done"
    assert real.workers[0].process_id == process  # it stopped by itself


def test_work_that_does_not_listen_is_ended(told, real, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "GRACE", 0.2)
    answers = Answers()
    job = told("a", task("be_deaf", folder=tmp_path), answers)
    number = int(until(lambda: next(tmp_path.iterdir(), None)).name)
    real.forget("anna")
    assert ended(job).state == "cancelled"
    until(lambda: gone(number))
    assert ended(told("b", task("give", value=1), answers)).state == "done"
    assert answers.found == [1]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV], ids=lambda each: each.name)
def test_a_process_that_is_killed_is_told_and_another_takes_its_place(told, real, tmp_path, how):
    job = told("a", task("be_deaf", folder=tmp_path))
    waiting = told("b", task("give", value=1), owner="bert")
    number = int(until(lambda: next(tmp_path.iterdir(), None)).name)
    os.kill(number, how)
    assert (ended(job).state, job.error) == ("failed", "lost")
    assert ended(waiting).state == "done"
    assert real.workers[0].process_id != number


def test_killed_while_nobody_works_the_next_work_is_done(told, real):
    ended(told("a", task("give", value=1)))
    number = real.workers[0].process_id
    os.kill(number, signal.SIGKILL)
    until(lambda: not real.workers[0]._process.is_alive())
    assert ended(told("b", task("give", value=1))).state in ("done", "failed")
    assert ended(told("c", task("give", value=1))).state == "done"


def test_a_process_takes_no_more_than_its_share_and_leaves_no_image_of_itself(told):
    answers = Answers()
    ended(told("a", task("limits"), answers))
    memory, image, gentle = answers.found[0]
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < memory <= max(workers.SMALLEST, workers.SHARE * machine)
    assert (image, gentle) == (0, min(19, os.nice(0) + workers.GENTLE))


def test_where_no_process_can_be_started_it_is_told(monkeypatch):
    def refuse(self: Worker) -> None:
        raise OSError("no memory")

    monkeypatch.setattr(Worker, "start", refuse)
    made = Jobs(slow=1, quick=1)
    made.start()
    found = [made.ask("anna", lane, task("give", value=1), lane, Answers()) for lane in ("slow", "quick")]  # type: ignore[arg-type]
    assert [(ended(job).state, job.error) for job in found] == [("failed", "lost")] * 2
    made.close()


def test_closing_ends_work_and_its_process(tmp_path, capfd):
    made = Jobs(slow=1, quick=0)
    made.start()
    job = made.ask("anna", "a", task("be_deaf", folder=tmp_path), "slow", Answers())
    number = int(until(lambda: next(tmp_path.iterdir(), None)).name)
    made.close()
    assert not job.open
    until(lambda: gone(number))
    assert made.workers[0].process_id is None
    assert capfd.readouterr() == ("", "")


def keep_at_it(folder: Path) -> None:
    """A server whose work goes on."""
    made = Jobs(slow=1, quick=0)
    made.start()
    made.ask("anna", "a", task("be_deaf", folder=folder), "slow", Answers())
    time.sleep(2 * PATIENCE)


def test_where_the_server_is_killed_its_work_ends_and_leaves_no_file(tmp_path, root):
    (tmp_path / "begun").mkdir()
    (tmp_path / "temporary").mkdir()
    program = f"from pathlib import Path; from {HERE} import keep_at_it; keep_at_it(Path({str(tmp_path / 'begun')!r}))"
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    server = subprocess.Popen([sys.executable, "-c", program], cwd=root, env=environment)
    until(lambda: next((tmp_path / "begun").iterdir(), None))
    assert list((tmp_path / "temporary").iterdir())
    server.kill()
    server.wait(PATIENCE)
    until(lambda: not list((tmp_path / "temporary").iterdir()))
