"""The README's Python is run, and what it says it prints is what it prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path


def test_the_python_in_the_readme_prints_what_stands_below_it(root: Path):
    text = (root / "README.md").read_text(encoding="utf-8")
    code, output = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", text, re.DOTALL).groups()
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(compile(code, "README.md", "exec"), {})
    assert shown.getvalue().split() == output.split()
