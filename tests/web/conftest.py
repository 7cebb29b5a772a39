"""A server in this process, and browsers that are at work with it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from darknumber.web.serve import Running
from darknumber.web.sessions import Session

PATIENCE = 180.0  # seconds in which work ends, also where others use the machine
QUICK = "bootstrap(replicates=20)"
EXAMPLE = "uk-2013-5"

# Rows on people who do not exist, as a file that comes in.
HEADINGS = b"police,care,sex\n"
ROWS = b"1,0,female\n" * 12 + b"0,1,male\n" * 9 + b"1,1,female\n" * 5 + b"1,1,male\n" * 4
PEOPLE = HEADINGS + ROWS

# Where tests run in the background Ctrl-C is ignored, and children inherit that.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from darknumber.cli import main
main()
"""

File = tuple[str, bytes]  # its name and what is in it


class Browser:
    """Somebody at work: opens the address, keeps the cookie, and sends forms as our pages do.

    Parameters
    ----------
    address
        What stands in the terminal, with its token.
    running
        The server, where it runs in this process.
    """

    def __init__(self, address: str, running: Running | None = None) -> None:
        self.address, self.running = address, running
        parts = urlsplit(address)
        self.host, self.port = str(parts.hostname), int(parts.port or 0)
        self.origin = f"http://{parts.netloc}"
        self.token = parse_qs(parts.query)["token"][0]
        self.http = httpx.Client(
            base_url=self.origin, timeout=PATIENCE, follow_redirects=True, trust_env=False, verify=False
        )
        self.csrf = ""

    def open(self) -> httpx.Response:
        """Come in with the token; the first page."""
        page = self.http.get("/", params={"token": self.token})
        found = re.search(r'name="csrf" value="([^"]+)"', page.text)
        self.csrf = found[1] if found else ""
        return page

    @property
    def cookie(self) -> str:
        """The secret of the session."""
        return next(cookie.value or "" for cookie in self.http.cookies.jar)

    @property
    def session(self) -> Session:
        """The session itself, of a server in this process."""
        assert self.running is not None
        found = self.running.sessions.find(self.cookie)
        assert found is not None
        return found

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: str) -> httpx.Response:
        """A page."""
        return self.http.get(path, params=query or None, headers=headers)

    def post(
        self, path: str, form: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a form, with the secret of our forms unless the form has another; the page it leads to."""
        sent = {"csrf": self.csrf, **(form or {})}
        return self.http.post(path, data=sent, headers={"origin": self.origin, **(headers or {})})

    def upload(self, *files: File, path: str = "/upload", **fields: str) -> httpx.Response:
        """Send files as the first page does; the page it leads to."""
        parts = [("file", (name, content, "application/octet-stream")) for name, content in files]
        sent = {"csrf": self.csrf, **fields}
        return self.http.post(path, data=sent, files=parts, headers={"origin": self.origin})

    def raw(self, content: Any, boundary: str = "sep", path: str = "/upload") -> httpx.Response:
        """Send something as if it were a form with files."""
        headers = {"origin": self.origin, "content-type": f"multipart/form-data; boundary={boundary}"}
        return self.http.post(path, content=content, headers=headers)

    def ready(self, path: str) -> httpx.Response:
        """A page once nothing on it is waited for any more."""
        until = time.monotonic() + PATIENCE
        while "data-awaits=" in (page := self.get(path)).text:
            assert time.monotonic() < until, f"{path} is not ready"
            time.sleep(0.05)
        return page

    def example(self, name: str = EXAMPLE) -> httpx.Response:
        """Start with an example, and wait until it is counted."""
        self.post("/example", {"name": name})
        return self.ready("/data")

    def counted(self, content: bytes, name: str = "people.csv", **roles: str) -> httpx.Response:
        """Bring a file, say what its columns are, and wait until it is counted."""
        self.upload((name, content))
        page = self.ready("/data")
        self.post("/data", {"heading": list(roles), "role": list(roles.values())})
        return self.ready("/data") if roles else page

    def estimated(self, model: str = "", interval: str = "bootstrap", replicates: int = 20) -> httpx.Response:
        """Estimate, and wait for it."""
        more = {"interval.of": interval, "interval.replicates": str(replicates)} if interval else {}
        self.post("/estimate", {"model": model, "interval": interval, "level": "95", "seed": "1", **more})
        return self.ready("/estimate")

    def reported(self, formats: Sequence[str] = ("html",), trust: Sequence[str] = ()) -> httpx.Response:
        """Make the report, and wait for it."""
        form = {"floor": "10", "base": "5", "language": ["en"], "format": list(formats), "trust": list(trust)}
        self.post("/report", form)
        return self.ready("/report")

    def close(self) -> None:
        """Go away; of a server in this process the session is wiped."""
        if self.running is not None:
            for cookie in self.http.cookies.jar:
                session = self.running.sessions.find(cookie.value or "")
                if session is not None:
                    self.running.jobs.forget(session.owner)
                    self.running.sessions.wipe(session)
        self.http.close()


def form(*parts: File, end: bytes = b"--sep--\r\n") -> bytes:
    """A form with files: of each part what follows its name in the header, and what is in it."""
    heads = [(f'Content-Disposition: form-data; name="{about}'.encode(), content) for about, content in parts]
    return b"".join(b"--sep\r\n" + head + b"\r\n\r\n" + content + b"\r\n" for head, content in heads) + end


def speak(browser: Browser, *lines: str, body: bytes = b"") -> bytes:
    """Say something to the server byte by byte, and hear all that it answers."""
    with socket.create_connection((browser.host, browser.port), timeout=10) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        heard = b""
        with suppress(ConnectionResetError):  # it does not listen to the end of what it refuses
            while said := line.recv(65536):
                heard += said
    return heard


def statuses(heard: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d{3})", heard)]


def asked(browser: Browser, path: str = "/", **more: str) -> list[str]:
    """The lines of a request of this browser, which ends the connection."""
    given = {"host": f"{browser.host}:{browser.port}", "cookie": f"darknumber-{browser.port}={browser.cookie}"}
    headers = [f"{name}: {value}" for name, value in {**given, **more, "connection": "close"}.items() if value]
    return [f"GET {path} HTTP/1.1", *headers]


def trouble_in(page: httpx.Response) -> str:
    """What a page says is wrong, as plain text; empty where it says nothing."""
    found = re.search(r'<div class="find stop trouble" role="alert">(.*?)</div>', page.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split()) if found else ""


@contextmanager
def serving(**options: Any) -> Iterator[Running]:
    """A server that runs in a thread."""
    running = Running(**{"workers": 1, **options})
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    until = time.monotonic() + PATIENCE
    while not running._server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield running
    finally:
        running.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """A server for all tests of a file."""
    with serving() as server:
        yield server


@pytest.fixture
def browser(running: Running) -> Iterator[Browser]:
    """Somebody who came in."""
    opened = Browser(running.address, running)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def other(running: Running) -> Iterator[Browser]:
    """Somebody else who came in."""
    opened = Browser(running.address, running)
    opened.open()
    yield opened
    opened.close()


def _started(temporary: Path) -> tuple[subprocess.Popen[str], Browser]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "serve", "--no-open", "--workers", "1"],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
    browser = Browser(address)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            browser.open()
            return process, browser
        except httpx.ConnectError:
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.fixture
def started() -> Iterator[Callable[[Path], tuple[subprocess.Popen[str], Browser]]]:
    """Starts the command with a temporary folder of its own; with it comes somebody who came in."""
    begun = []

    def start(temporary: Path) -> tuple[subprocess.Popen[str], Browser]:
        begun.append(_started(temporary))
        return begun[-1]

    yield start
    for process, browser in begun:
        browser.http.close()
        if process.poll() is None:
            process.kill()
            process.communicate()


def files_in(folder: Path) -> list[str]:
    """The names of all files in a folder, from there."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
