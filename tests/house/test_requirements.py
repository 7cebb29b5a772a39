"""The pins: exact, hashed, without addresses, and for every system."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

FILES = ("base", "test", "dev")  # each holds all that stands before it
# A compiled package has a file for every Python and system; a lock made for one machine would have a hash or two.
COMPILED = {"numpy": 30, "scipy": 30, "numba": 15, "duckdb": 10, "markupsafe": 30}


def lock(root, name: str) -> str:
    return (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(root, name: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes by package."""
    found = {}
    for block in re.split(r"\n(?=\S)", lock(root, name)):
        if match := re.match(r"([a-z0-9.\-]+)==(\S+)", block):
            assert match[1] not in found, f"{match[1]} has two pins"
            found[match[1]] = (match[2], block.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("name", FILES)
def test_no_addresses(root, name):
    text = lock(root, name)
    assert not re.search(r"://|file:|@|--(extra-)?index|--find-links|--trusted", text)


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_an_exact_pin_or_a_hash(root, name):
    line = re.compile(r"#.*|[a-z0-9.\-]+==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [each for each in lock(root, name).splitlines() if not line.fullmatch(each)] == []


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_its_hashes(root, name):
    assert [package for package, (_, hashes) in pins(root, name).items() if hashes == 0] == []


def test_hashes_cover_more_than_this_machine(root):
    base = pins(root, "base")
    assert {package: base[package][1] for package, least in COMPILED.items() if base[package][1] < least} == {}


@pytest.mark.parametrize(("smaller", "larger"), [("base", "test"), ("test", "dev")])
def test_larger_files_hold_the_smaller(root, smaller, larger):
    small, large = pins(root, smaller), pins(root, larger)
    assert {package: pin for package, pin in small.items() if large.get(package) != pin} == {}


def test_pins_fit_what_the_package_asks_for(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for name, asked in (("base", project["dependencies"]), ("test", extras["test"]), ("dev", extras["dev"])):
        pinned = pins(root, name)
        for requirement in map(Requirement, asked):
            if requirement.name == project["name"]:
                continue
            version = pinned[canonicalize_name(requirement.name)][0]
            assert requirement.specifier.contains(Version(version), prereleases=True), requirement.name
