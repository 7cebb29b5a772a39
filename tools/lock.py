"""Write ``requirements/*.txt`` anew: exact pins with hashes, for every system and Python we support, without addresses.

.venv/bin/python tools/lock.py              keep the pins that still fit
.venv/bin/python tools/lock.py --upgrade    take the newest that fit
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("requirements")
EXTRAS = {"base": ("app", "link", "report"), "test": ("test",), "dev": ("test", "dev")}
HEADER = "# Made by `make requirements`; do not edit. Exact pins and hashes, the same on every system.\n"


def lock(name: str, below: str | None, options: list[str]) -> None:
    """Resolve one file; `below` is the smaller file whose pins it must share."""
    target = FOLDER / f"{name}.txt"
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--group", "build"]
    command += [part for extra in EXTRAS[name] for part in ("--extra", extra)]
    command += ["--constraints", str(FOLDER / f"{below}.txt")] if below else []
    # One pin a package for all Pythons, and markers where a system needs something more (colorama on Windows).
    command += ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    command += ["--generate-hashes", "--no-annotate", "--no-header", "--quiet"]
    command += ["--no-emit-package", "darknumber", "--output-file", str(target), *options]
    environment = {**os.environ, "UV_SYSTEM_CERTS": "true"}
    subprocess.run(command, cwd=ROOT, check=True, env=environment)
    path = ROOT / target
    path.write_text(HEADER + path.read_text(encoding="utf-8").removeprefix(HEADER), encoding="utf-8")


def main(options: list[str]) -> None:
    """Lock all files, each on top of the one before."""
    below = None
    for name in EXTRAS:
        lock(name, below, options)
        below = name


if __name__ == "__main__":
    main(sys.argv[1:])
