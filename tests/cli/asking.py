"""The command line asked from a test, in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from darknumber.cli import main


def ask(*arguments: str | Path) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main([str(each) for each in arguments])
    return int(ended.value.code or 0)
