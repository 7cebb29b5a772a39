"""What the files of the project say about each other, and about nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

# A path of one person's machine: an absolute path under one of these.
HOMES = ("home", "root", "tmp", "Users", "work", "opt", "mnt")
MACHINE_PATH = re.compile(rf"(?<![\w.~)}}\]*/-])/(?:{'|'.join(HOMES)})/\w")
TOP = ("src/", "tests/", "tools/", "evidence/", "requirements/", "docs/", "benchmarks/", ".ci/", ".github/")
_ROOMS = "words kernels data register models inference studies lab views run web"
ROOMS = tuple(f"{room}/" for room in _ROOMS.split())
NAMED_FILE = re.compile(r"[A-Za-z0-9_.\-]+\.(?:py|toml|md|cff|yaml|yml)")
PATH_LIKE = re.compile(r"[A-Za-z0-9_.\-/]+")


def text_of(path: Path) -> str | None:
    """The text of a file, or None where it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def pages(tracked: list[Path]) -> list[Path]:
    return [path for path in tracked if path.suffix == ".md"]


def mentioned(page: str) -> set[str]:
    """The paths of this project that a page mentions between backticks or links to."""
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    spans = set(re.findall(r"`([^`\n]+)`", prose))
    paths = {span for span in spans if PATH_LIKE.fullmatch(span) and span.startswith((*TOP, *ROOMS))}
    paths |= {span for span in spans if NAMED_FILE.fullmatch(span)}
    links = re.findall(r"\]\(([^)#\s]+)", prose)
    return paths | {link for link in links if "://" not in link and not link.startswith("mailto:")}


def tree_of(page: str) -> set[str]:
    """The files and folders drawn in a page's tree (a fenced block that begins with ``src/darknumber/``)."""
    found: set[str] = set()
    for block in re.findall(r"```text\n(src/darknumber/.*?)```", page, flags=re.DOTALL):
        folders: list[tuple[int, str]] = []
        for line in block.splitlines():
            indent = len(line) - len(line.lstrip())
            # Two spaces end the names; several files of one folder may share a line.
            names = re.split(r" {2,}", line.strip())[0].split()
            while folders and folders[-1][0] >= indent:
                folders.pop()
            here = "".join(name for _, name in folders)
            found |= {here + name for name in names}
            if names and names[0].endswith("/"):
                folders.append((indent, names[0]))
    return found


def test_no_path_of_one_machine(tracked):
    found = [
        (path.name, number)
        for path in tracked
        if (text := text_of(path)) is not None
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("before", ["see ", "'", "=", "(", ""])
def test_a_path_of_one_machine_is_seen(before):
    assert MACHINE_PATH.search(before + "/" + "home/anna/data.csv")


@pytest.mark.parametrize("text", ["src/" + "work/a", "{folder}/" + "tmp/a", "https://example.org/" + "home"])
def test_other_paths_are_not(text):
    assert not MACHINE_PATH.search(text)


def test_pages_mention_only_what_exists(tracked, root, package):
    wrong = []
    for page in pages(tracked):
        names_anywhere = {path.name for path in tracked}
        for name in mentioned(page.read_text(encoding="utf-8")):
            places = (page.parent / name, root / name, package / name)
            if not any(place.exists() for place in places) and not ("/" not in name and name in names_anywhere):
                wrong.append((page.relative_to(root).as_posix(), name))
    assert wrong == []


def test_architecture_draws_the_tree_as_it_is(tracked, root, package):
    drawn = tree_of((root / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert drawn, "ARCHITECTURE.md draws no tree"
    assert sorted(name for name in drawn if not (root / name).exists()) == []
    modules = {path for path in tracked if path.suffix == ".py" and path.is_relative_to(package)}
    there = {path.relative_to(root).as_posix() for path in modules if path.name != "__init__.py"}
    assert sorted(there - drawn) == []


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_readme_has_the_two_commands(root, command):
    assert command in (root / "README.md").read_text(encoding="utf-8")


def test_the_gate_can_be_started(root):
    gate = root / ".ci" / "run"
    assert gate.stat().st_mode & 0o111
    assert gate.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")


def test_versions_agree(root):
    packaged = re.search(r'^version = "(.+)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    cited = re.search(r"^version: (.+)$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert packaged
    assert cited
    assert packaged[1] == cited[1]
    assert f"## {packaged[1]}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_wheel_holds_the_whole_package(tracked, root, package, tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = {path.relative_to(package.parent).as_posix() for path in tracked if path.is_relative_to(package)}
    assert ours - held == set()
    assert {"darknumber/py.typed", "darknumber/words/en/errors.toml", "darknumber/words/nl/errors.toml"} <= held
    assert any(name.endswith("licenses/LICENSE") for name in held)
