"""Data runs downhill, and no room grows too large."""

from __future__ import annotations

import ast

import pytest
from importlinter import cli

# Lowest first; rooms in one set do not know each other. Said here again, apart from pyproject.toml, so that the rule
# holds where import-linter is not installed and cannot be loosened in one place only.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"words"}),
    frozenset({"errors"}),
    frozenset({"findings"}),
    frozenset({"kernels"}),
    frozenset({"data"}),
    frozenset({"register", "models"}),
    frozenset({"inference"}),
    frozenset({"studies"}),
    frozenset({"lab"}),
    frozenset({"views"}),
    frozenset({"run"}),
    frozenset({"web"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
LONGEST_FILE = 400  # a longer file is usually two ideas in one room
MAY_IMPORT_LATE = frozenset({"__init__", "cli", "__main__"})  # so that --help is instant


def rooms_imported(tree: ast.AST) -> set[str]:
    """The rooms a tree imports from, as absolute imports name them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "darknumber":
            found |= {f"darknumber.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name.split(".")[1] for name in found if name.startswith("darknumber.")}


def uphill(room: str, tree: ast.AST) -> set[str]:
    """The rooms `tree`, which stands in `room`, may not import from but does."""
    wrong = set()
    for other in rooms_imported(tree) - {room}:
        if other in LEVEL and LEVEL[other] >= LEVEL[room]:
            wrong.add(other)
    return wrong


def test_import_linter_is_content():
    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS


def test_no_import_goes_uphill(sources):
    wrong = {
        source.place: up for source in sources if source.room != "__init__" and (up := uphill(source.room, source.tree))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("kernels", "from darknumber.data.table import CaptureTable"),
        ("models", "from darknumber.register.screening import screen"),
        ("data", "import darknumber.cli"),
        ("views", "from darknumber import run"),
    ],
)
def test_an_uphill_import_is_seen(room, line):
    assert uphill(room, ast.parse(line))


def test_every_room_has_a_floor(sources):
    assert {source.room for source in sources} - {"__init__"} <= LEVEL.keys()


def test_imports_are_absolute(sources):
    relative = [
        source.place
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_our_own_imports_stand_at_the_top(sources):
    late = []
    for source in sources:
        if source.room in MAY_IMPORT_LATE:
            continue
        for function in ast.walk(source.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and rooms_imported(function):
                late.append(f"{source.place}: {function.name}")
    assert late == []


def test_no_file_is_two_ideas(sources):
    long = {source.place: lines for source in sources if (lines := len(source.text.splitlines())) > LONGEST_FILE}
    assert long == {}


def test_scipy_stats_is_left_alone(sources):
    # It takes over two seconds to import; scipy.special has what we need.
    users = [
        source.place for source in sources if "scipy.stats" in source.text or "from scipy import stats" in source.text
    ]
    assert users == []


def test_nothing_is_unfinished(sources):
    marks = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", "pragma: no " + "cover")
    assert [(source.place, mark) for source in sources for mark in marks if mark in source.text] == []
