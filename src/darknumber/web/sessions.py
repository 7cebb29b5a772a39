"""Who is at work: one session a browser, with its own data and answers, which no other can see."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from darknumber.data import spool

if TYPE_CHECKING:  # a heavy import, and the first page must be there at once
    from darknumber.run.study import Study

Theme = Literal["auto", "light", "dark"]

MOST_SESSIONS = 24  # browsers at once; each may hold tables and draws
IDLE_SECONDS = 12 * 3600.0  # after so long without a page, what a session holds is wiped
SECRET_BYTES = 32
WORK = "work"  # folder of a session in which answers wait for the report


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """One browser at work.

    Parameters
    ----------
    key, csrf
        The secret in its cookie, and the one that its forms carry.
    folder
        Where files of it stand: owner-only, wiped with the session.
    language, theme
        What it asked for.
    study
        The question as far as it is settled, as a study file says it; None before there are data.
    base
        The folder that names of files in the study start from.
    held
        What was found, by name: ``columns``, ``prepared``, ``check``, ``answer`` and others.
    log
        What was taken out of the session that holds exact counts: when and what.
    seen
        When it was last heard of, in seconds of `time.monotonic`.
    """

    key: str
    csrf: str
    folder: Path
    language: str = "en"
    theme: Theme = "auto"
    study: Study | None = None
    base: Path
    held: dict[str, Any] = field(default_factory=dict)
    log: list[tuple[float, str]] = field(default_factory=list)
    seen: float = field(default_factory=time.monotonic)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def owner(self) -> str:
        """What its work is called; it says nothing about the secret."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]

    @property
    def owns_base(self) -> bool:
        """Whether names in the study start from a folder of the session, and not from one of the analyst."""
        return self.base == self.folder or self.folder in self.base.parents

    def trusts(self, secret: str) -> bool:
        """Whether a form carries the secret of this session."""
        return hmac.compare_digest(secret.encode(), self.csrf.encode())

    def keep(self, study: Study, *stay: str) -> None:
        """Go on with another question; of what was found only what is named stays."""
        with self.lock:
            self.study = study
            self.held = {name: value for name, value in self.held.items() if name in stay}

    def put(self, study: Study | None, name: str, value: Any) -> None:
        """Hold something that was found, if it is still about the question of the session."""
        with self.lock:
            if self.study is study:
                self.held[name] = value

    def move(self, base: Path | None) -> None:
        """Go on from another folder, by default its own; files of before that are not in it are removed."""
        with self.lock:
            self.base = base or self.folder
            for entry in list(self.folder.iterdir()):
                if entry == self.base or entry in self.base.parents:
                    continue
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink(missing_ok=True)

    def restart(self) -> None:
        """Forget the question, the files and the answers."""
        with self.lock:
            self.study = None
            self.held.clear()
            self.move(None)


class FullUp(Exception):
    """There are as many sessions as are held at once."""


class Sessions:
    """All browsers at work, found by the secret in their cookie."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._once: str | None = None
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def once(self) -> str:
        """A token that opens one time: what a browser is started with can be read by others on the machine."""
        self._once = secrets.token_urlsafe(SECRET_BYTES)
        return self._once

    def opens(self, token: str) -> bool:
        """Whether this is the token that stands in the address."""
        with self._lock:
            if self._once is not None and hmac.compare_digest(token.encode(), self._once.encode()):
                self._once = None
                return True
        return hmac.compare_digest(token.encode(), self.token.encode())

    def new(self, language: str) -> Session:
        """A session for a browser that showed the token.

        Raises
        ------
        FullUp
            There are too many.
        """
        with self._lock:
            if len(self._sessions) >= MOST_SESSIONS:
                raise FullUp
            folder = Path(tempfile.mkdtemp(prefix="session-", dir=spool.folder()))
            key, csrf = secrets.token_urlsafe(SECRET_BYTES), secrets.token_urlsafe(SECRET_BYTES)
            session = Session(key=key, csrf=csrf, folder=folder, base=folder, language=language)
            self._sessions[key] = session
            return session

    def find(self, key: str) -> Session | None:
        """The session of a cookie, if there is one."""
        with self._lock:
            session = self._sessions.get(key)
        if session is not None:
            session.seen = time.monotonic()
        return session

    def idle(self) -> list[Session]:
        """Take out the sessions that nobody has come back to, so that they can be wiped."""
        now = time.monotonic()
        with self._lock:
            old = [session for session in self._sessions.values() if now - session.seen > IDLE_SECONDS]
            for session in old:
                del self._sessions[session.key]
        return old

    def wipe(self, session: Session) -> None:
        """Remove all files of a session, and what it holds."""
        with self._lock:
            self._sessions.pop(session.key, None)
        with session.lock:
            session.study = None  # what is still worked out is not put here any more
            session.held.clear()
        shutil.rmtree(session.folder, ignore_errors=True)

    def wipe_all(self) -> None:
        """The same for all."""
        for session in list(self._sessions.values()):
            self.wipe(session)
