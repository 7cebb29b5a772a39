"""Do a run, keep its parts, write its answer down, and tell whether an answer is older than the code behind it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MACHINERY = frozenset({"__init__", "__main__", "checks", "hits", "record", "rule"})  # and all that writes pages
PACKAGES = ("darknumber", "numpy", "scipy", "numba")  # what can change a number

Result = Mapping[str, Any]
Part = Callable[[str, Callable[[], Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One long run.

    Parameters
    ----------
    name
        The file of the run, without ``.py``.
    question
        What it answers, in one sentence.
    sources
        Patterns, from the root of the checkout, of the files whose change makes the answer old, and the kept parts
        worthless.
    judged
        The same of files that only make the answer from the parts: parts outlive them.
    work
        Does it; called with the keeper of parts.
    """

    name: str
    question: str
    sources: tuple[str, ...]
    judged: tuple[str, ...] = ()
    work: Callable[[Part], Result]


def names(root: Path = ROOT) -> tuple[str, ...]:
    """The runs there are."""
    stems = {path.stem for path in (root / "evidence").glob("*.py")} - MACHINERY
    return tuple(sorted(stem for stem in stems if not stem.endswith("pages")))


def load(name: str) -> Run:
    """One run by its name."""
    module = import_module(f"evidence.{name}")
    own = f"evidence/{name}.py"
    judged: tuple[str, ...] = getattr(module, "JUDGED", ())
    return Run(name=name, question=module.QUESTION, sources=(*module.SOURCES, own), judged=judged, work=module.run)


def fingerprints(run: Run, root: Path = ROOT, *, judged: bool = True) -> dict[str, str]:
    """The hash of each source file of a run, by its path from the root.

    Parameters
    ----------
    judged
        Whether with the files that only make the answer from the parts.

    Raises
    ------
    FileNotFoundError
        A pattern that matches nothing: the file has moved and the run must say where to.
    """
    found: dict[str, str] = {}
    for pattern in (*run.sources, *(run.judged if judged else ())):
        paths = sorted(path for path in root.glob(pattern) if path.is_file())
        if not paths:
            raise FileNotFoundError(f"{run.name}: no file matches {pattern}")
        for path in paths:
            # Line endings differ between systems and change no number.
            content = path.read_bytes().replace(b"\r\n", b"\n")
            found[path.relative_to(root).as_posix()] = hashlib.sha256(content).hexdigest()[:16]
    return found


def answer_file(name: str, root: Path = ROOT) -> Path:
    """Where the answer of a run stands."""
    return root / "docs" / "evidence" / f"{name}.json"


def changed(run: Run, root: Path = ROOT) -> tuple[str, ...] | None:
    """The sources that are not what they were when the run was done; None when it was never done."""
    path = answer_file(run.name, root)
    if not path.is_file():
        return None
    then: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["sources"]
    now = fingerprints(run, root)
    return tuple(sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name)))


def do(run: Run, root: Path = ROOT, tell: Callable[[str], None] = print) -> Path:
    """Do a run, from where it was stopped, and write its answer.

    The sources are hashed before the work begins: a file edited during a run leaves an old answer, not a wrong one.
    """
    sources = fingerprints(run, root)
    folder = _parts_folder(run, root)
    started = time.monotonic()
    earlier = _seconds(folder)
    keeper = _keeper(folder, tell, lambda: earlier + time.monotonic() - started)
    result = dict(run.work(keeper))
    answer = {
        "name": run.name,
        "question": run.question,
        "result": result,
        "seconds": round(earlier + time.monotonic() - started, 1),
        "versions": {"python": platform.python_version()} | {package: version(package) for package in PACKAGES},
        "sources": sources,
    }
    path = answer_file(run.name, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, answer)
    return path


def _parts_folder(run: Run, root: Path) -> Path:
    """Where the parts of this run with these sources are; those of other sources stay, each in its own place."""
    sources = fingerprints(run, root, judged=False)
    key = hashlib.sha256(json.dumps(sources, sort_keys=True).encode()).hexdigest()[:16]
    folder = root / "evidence" / ".parts" / run.name / key
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keeper(folder: Path, tell: Callable[[str], None], clock: Callable[[], float]) -> Part:
    """A function that does a part once and afterwards remembers its answer."""

    def part(name: str, work: Callable[[], Any]) -> Any:
        path = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
        if path.is_file():
            return json.loads(path.read_text(encoding="utf-8"))["answer"]
        answer = work()
        _write(path, {"part": name, "seconds": clock(), "answer": answer})
        tell(f"  {name}: done after {clock():,.0f} seconds")
        # Read back, so that an answer is the same whether it was kept or just made.
        return json.loads(path.read_text(encoding="utf-8"))["answer"]

    return part


def _seconds(folder: Path) -> float:
    """How long the kept parts took."""
    kept = [json.loads(path.read_text(encoding="utf-8"))["seconds"] for path in folder.glob("*.json")]
    return float(max(kept, default=0.0))


def _write(path: Path, content: Any) -> None:
    """Write JSON in one move, so that a run stopped half-way leaves no half file."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, path)
