"""The environment is made again when the pins change, and only then."""

from __future__ import annotations

import importlib.util

import pytest


@pytest.fixture
def environment(root, tmp_path):
    """tools/environment.py, pointed at a small project with an empty .venv."""
    spec = importlib.util.spec_from_file_location("environment", root / "tools" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    for kind in module.KINDS:
        (tmp_path / "requirements" / f"{kind}.txt").write_text(f"{kind}==1\n")
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    return module


def test_nothing_is_installed_in_an_empty_environment(environment):
    assert not environment.installed("base")


def test_an_installation_is_remembered(environment):
    environment.stamp("test").write_text(environment.key("test"))
    assert environment.installed("test")


def test_a_larger_installation_holds_the_smaller_and_not_the_other_way(environment):
    environment.stamp("test").write_text(environment.key("test"))
    assert environment.installed("base")
    assert not environment.installed("dev")


@pytest.mark.parametrize("name", ["requirements/base.txt", "pyproject.toml"])
def test_changed_pins_or_settings_are_seen(environment, name):
    environment.stamp("base").write_text(environment.key("base"))
    (environment.ROOT / name).write_text("numpy==2\n")
    assert not environment.installed("base")


@pytest.mark.parametrize("arguments", [[], ["everything"], ["base", "test"]])
def test_anything_else_is_explained(environment, arguments):
    with pytest.raises(SystemExit, match="what darknumber needs to run"):
        environment.main(arguments)
