"""A server as an analyst starts it, and a browser that notices what no page may do."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.conftest import chromium

PATIENCE = 120_000.0  # milliseconds for what has to be worked out, on a machine that does other things too
SIZES = {"laptop": {"width": 1280, "height": 720}, "tablet": {"width": 820, "height": 1180}}


@dataclass(slots=True)
class Serving:
    """A running server: its address with the key, and without."""

    process: subprocess.Popen[str]
    key: str

    @property
    def home(self) -> str:
        return self.key.partition("/?")[0]


def serve(*options: str, folder: Path) -> Serving:
    """Start the command, with its files in a folder of its own."""
    command = [str(Path(sys.executable).with_name("darknumber")), *options]
    environment = {**os.environ, "TMPDIR": str(folder)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"http://\S+", line)
        if found:
            return Serving(process, found[0])
    raise AssertionError("the server did not say where it is")


def stop(serving: Serving) -> str:
    """Stop it as a user does, and return what else it said."""
    serving.process.send_signal(signal.SIGINT)
    rest, _ = serving.process.communicate(timeout=30)
    return rest


@pytest.fixture(scope="module")
def serving(tmp_path_factory) -> Iterator[Serving]:
    started = serve("serve", "--no-open", folder=tmp_path_factory.mktemp("server"))
    yield started
    stop(started)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
    yield opened
    opened.close()


@dataclass(slots=True)
class Reader:
    """A person at a browser, who notices errors and requests to other places."""

    page: Page
    context: BrowserContext
    home: str
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.home + path)

    def text(self, selector: str = "main") -> str:
        return self.page.locator(selector).first.inner_text()

    def wait(self, selector: str) -> None:
        self.page.wait_for_selector(selector, timeout=PATIENCE)

    def violations(self) -> list[tuple[str, str]]:
        """What axe-core finds wrong with the page for people who cannot see, hear or use a mouse."""
        found = Axe().run(self.page).response["violations"]
        return [(each["id"], each["nodes"][0]["html"]) for each in found]


@pytest.fixture
def reader(browser, serving) -> Iterator[Callable[..., Reader]]:
    """Let somebody in: in a language, on a screen, with or without JavaScript; nothing may go wrong on the way."""
    opened: list[Reader] = []

    def let_in(language: str = "en", size: str = "laptop", **options) -> Reader:
        context = browser.new_context(locale=language, viewport=SIZES[size], **options)
        page = context.new_page()
        person = Reader(page, context, serving.home)
        page.on("request", lambda request: person.elsewhere.append(request.url))
        page.on("console", lambda said: person.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: person.errors.append(str(error)))
        opened.append(person)
        page.goto(serving.key)
        return person

    yield let_in
    for person in opened:
        assert [url for url in person.elsewhere if not url.startswith((serving.home, "data:", "blob:"))] == []
        assert person.errors == []
        person.context.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs Chromium."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
