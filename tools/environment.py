"""Make ``.venv`` beside the Makefile and put the pinned packages and darknumber itself into it.

    python tools/environment.py base     what darknumber needs to run
    python tools/environment.py test     that, and what its tests and checks need
    python tools/environment.py dev      that, and what a maintainer needs

Every package is pinned and checked by its hash. Nothing happens when the pins have not changed since the last time.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
KINDS = ("base", "test", "dev")  # each holds all that stands before it
OLDEST = (3, 11)


def python_in(venv: Path) -> Path:
    """The interpreter of a virtual environment, on any system."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def works(python: Path) -> bool:
    """Whether this interpreter starts and is new enough."""
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    return python.exists() and subprocess.run([str(python), "-c", check], check=False).returncode == 0


def key(kind: str) -> str:
    """What an installation depends on; it changes when the pins or the package's own settings do."""
    digest = hashlib.sha256()
    for path in (ROOT / "requirements" / f"{kind}.txt", ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamp(kind: str) -> Path:
    """Where the key of the last installation of `kind` is kept."""
    return VENV / f"darknumber-{kind}.stamp"


def installed(kind: str) -> bool:
    """Whether `kind`, or one that holds it, was installed with the pins as they are now."""
    larger = KINDS[KINDS.index(kind) :]
    return any(stamp(each).exists() and stamp(each).read_text() == key(each) for each in larger)


def run(*command: str) -> None:
    """Run a command in the checkout; stop with its status when it fails."""
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status:
        sys.exit(status)


def install(kind: str) -> None:
    """Install the pins of `kind`, each checked by its hash, and then darknumber itself, editable."""
    # Twice quiet: pip's notes name the registries of the machine, which have no place in a log.
    pip = (str(python_in(VENV)), "-m", "pip", "install", "--no-input", "-qq", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", str(Path("requirements") / f"{kind}.txt"))
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ".")
    stamp(kind).write_text(key(kind))


def main(arguments: list[str]) -> None:
    """Make what `arguments` ask for."""
    if len(arguments) != 1 or arguments[0] not in KINDS:
        sys.exit(__doc__)
    if sys.version_info[:2] < OLDEST:
        sys.exit("darknumber needs Python 3.11 or newer; this is " + sys.version.split()[0])
    kind = arguments[0]
    if works(python_in(VENV)) and installed(kind):
        return
    if not works(python_in(VENV)):
        print("Making .venv", flush=True)
        run(sys.executable, "-m", "venv", "--clear", str(VENV))
    print(f"Installing requirements/{kind}.txt (the first time this takes a few minutes)", flush=True)
    install(kind)


if __name__ == "__main__":
    main(sys.argv[1:])
