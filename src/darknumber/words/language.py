"""Which language is in use; a context variable, so that two readers can be served at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LANGUAGES = ("en", "nl")
_LANGUAGE: ContextVar[str] = ContextVar("darknumber_language", default="en")


def language() -> str:
    """The language in use: ``en`` or ``nl``."""
    return _LANGUAGE.get()


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Speak `code` (``en`` or ``nl``) inside the ``with`` block."""
    if code not in LANGUAGES:
        raise ValueError(f"language {code!r}: choose one of {', '.join(LANGUAGES)}")
    token = _LANGUAGE.set(code)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)
