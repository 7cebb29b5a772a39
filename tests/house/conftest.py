"""The source tree, read once for all tests of the house."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file of the package."""

    path: Path
    place: str  # relative to src/darknumber, with slashes
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The layer it belongs to."""
        return self.place.split("/")[0].removesuffix(".py")


@pytest.fixture(scope="session")
def package(root: Path) -> Path:
    """The folder of the package."""
    return root / "src" / "darknumber"


@pytest.fixture(scope="session")
def sources(package: Path) -> list[Source]:
    """All Python files of the package."""
    found = []
    for path in sorted(package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        place = path.relative_to(package).as_posix()
        found.append(Source(path=path, place=place, text=text, tree=ast.parse(text)))
    return found


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """All files of the project: what git keeps, and what it would keep if it were added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout
    return sorted(path for name in listing.split("\0") if name and (path := root / name).is_file())
