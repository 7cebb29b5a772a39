"""The server: on this machine only, opened by an address that holds a key, and gone without a trace."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable

import uvicorn

from darknumber.data.spool import remove_leftovers
from darknumber.errors import InputError, debugging
from darknumber.web.app import Server
from darknumber.web.guard import hosts_of
from darknumber.web.jobs import WARM, Jobs
from darknumber.web.routes import FORMS, PAGES, answer_of, step_of
from darknumber.web.sessions import SECRET_BYTES, Session, Sessions
from darknumber.web.uploads import LARGEST
from darknumber.web.visit import Visit

LOOPBACK = "127.0.0.1"  # never another address: whoever may use this program sits at this machine


class Running:
    """A server that runs in this process.

    Parameters
    ----------
    port
        Where; 0 takes a free one.
    workers
        Processes that fit models; by default one a core.
    largest
        Bytes of one upload.
    begin
        What a new session starts with.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        workers: int | None = None,
        largest: int = LARGEST,
        begin: Callable[[Session, Jobs], None] | None = None,
    ) -> None:
        remove_leftovers()
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self.token = secrets.token_urlsafe(SECRET_BYTES)
        self.sessions = Sessions(self.token)
        self.jobs = Jobs(slow=workers or _cores())
        server = Server(
            self.sessions,
            self.jobs,
            cookie=f"darknumber-{self.port}",
            begin=lambda session: begin(session, self.jobs) if begin else None,
        )
        config = uvicorn.Config(
            server.application(hosts_of(self.port), largest=largest),
            log_config=None,  # nothing of what is asked or answered is written anywhere
            access_log=False,
            server_header=False,
            lifespan="off",
            http="h11",
            ws="none",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        if not debugging():
            _silence()

    @property
    def address(self) -> str:
        """What is opened in a browser; it holds the key."""
        return self._address(self.token)

    def address_once(self) -> str:
        """The same with a key that opens one time, for a browser that is started with it."""
        return self._address(self.sessions.once())

    def _address(self, token: str) -> str:
        return f"http://{LOOPBACK}:{self.port}/?token={token}"

    def run(self) -> None:
        """Serve until it is stopped; then wipe everything."""
        self.jobs.start()
        warm = threading.Timer(WARM, _warm_up)
        warm.daemon = True
        warm.start()
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self.close()

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._server.should_exit = True

    def close(self) -> None:
        """End all work, and wipe what all sessions hold."""
        self.jobs.close()
        self.sessions.wipe_all()
        self._socket.close()


def _silence() -> None:
    """Let the server write nothing: what it would say of a failed request could hold somebody's data."""
    for name in ("uvicorn", "uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [logging.NullHandler()], False


def _listening(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or answers wait 40 ms
    if os.name != "nt":
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((LOOPBACK, port))
        opened.listen()  # from now on: a browser that is opened before the server runs waits for it
    except (OSError, OverflowError) as error:
        opened.close()
        raise InputError("port_taken", port=port) from error
    return opened


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _warm_up() -> None:
    """Fetch the code behind the pages, so that the first click on each is as quick as the others."""
    for place in (*PAGES.values(), *FORMS.values()):
        answer_of(place)


def starting_with(source: str) -> Callable[[Session, Jobs], None]:
    """What a new session starts with, where something was named on the command line.

    Parameters
    ----------
    source
        A study file, a file with data, or the name of an example.
    """

    def begin(session: Session, jobs: Jobs) -> None:
        step_of("opening:open_here")(Visit(session=session, jobs=jobs, path="/"), source)

    return begin
