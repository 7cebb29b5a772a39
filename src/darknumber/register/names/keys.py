"""The secret key of pseudonyms: made, read from a file or the environment, and used without being shown.

What leaves this module is a `Key` that can make codes. The key itself is not kept in it, so that it cannot come along
in a message, a listing of an object, or a file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import sys
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from darknumber.data.owner_only import OWNER_ONLY
from darknumber.data.targets import place_for
from darknumber.errors import InputError

KEY_VARIABLE = "DARKNUMBER_KEY"
LEAST_BYTES = 32  # 256 bits: more than can ever be tried
# Of 32 bytes drawn at random some 30 differ, and fewer than 16 about never do; a repeated word or a short sentence has
# fewer. What passes may still be guessed: only a drawn key is sure.
LEAST_DIFFERENT = 16
CODE_BYTES = 15  # 120 bits: two of a thousand million values get the same code once in 10**18 registers
CHECK_LETTERS = 8
_CHECK = "check"
_READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key:
    """What turns values into codes; it cannot be printed, compared, copied or stored.

    Parameters
    ----------
    begun
        For each sort of value a keyed hash (BLAKE2b, RFC 7693) to which nothing has been added yet.
    """

    begun: Mapping[str, hashlib.blake2b] = field(repr=False)

    def digest(self, sort: str, value: str) -> bytes:
        """The bytes that stand for a value of some sort; equal values of different sorts have different ones."""
        hashing = self.begun[sort].copy()
        hashing.update(value.encode())
        return hashing.digest()

    def code(self, sort: str, value: str) -> str:
        """The same in hexadecimal: 30 signs."""
        return self.digest(sort, value).hex()

    @property
    def check(self) -> str:
        """Letters that are the same for the same key, to compare by telephone; they do not tell the key."""
        return b32encode(self.digest(_CHECK, _CHECK)).decode()[:CHECK_LETTERS]


def key_of(secret: bytes, sorts: Sequence[str]) -> Key:
    """The key for some sorts of values.

    Parameters
    ----------
    secret
        The key itself.
    sorts
        What the values are, such as ``surname``; names of at most 16 letters.

    Raises
    ------
    InputError
        Too short, or too regular to have been drawn.
    """
    if len(secret) < LEAST_BYTES:
        raise InputError("key_too_short", n=len(secret), least=LEAST_BYTES)
    if len(set(secret)) < LEAST_DIFFERENT:
        raise InputError("key_too_regular", least=LEAST_BYTES)
    # one length whatever was given, and never the same use of the bytes as by another program
    own = hashlib.blake2b(secret, person=b"darknumber key").digest()
    begun = {sort: hashlib.blake2b(key=own, person=sort.encode(), digest_size=CODE_BYTES) for sort in (*sorts, _CHECK)}
    return Key(begun=begun)


def read_key(source: str | os.PathLike[str] | None, sorts: Sequence[str]) -> Key:
    """The key in a file, or without one in the environment variable ``DARKNUMBER_KEY``.

    An even number of digits 0 to 9 and letters a to f are bytes in hexadecimal, as `make_key` writes them; anything
    else is taken as it is, without the end of the line.

    Parameters
    ----------
    source
        The file.
    sorts
        As for `key_of`.

    Raises
    ------
    InputError
        No key, a file that others may read, or a key that `key_of` refuses.
    """
    if source is not None:
        return key_of(_bytes_of(_content(Path(source).expanduser())), sorts)
    told = os.environ.get(KEY_VARIABLE, "")
    if not told.strip():
        raise InputError("no_key", variable=KEY_VARIABLE)
    return key_of(_bytes_of(told.encode(errors="surrogateescape")), sorts)


def make_key(path: str | os.PathLike[str]) -> Path:
    """Draw a new key and put it in a file that only its owner can read.

    Parameters
    ----------
    path
        The file; it must not be there yet, because a key that is lost cannot be had again.

    Raises
    ------
    InputError
        The file is there, or cannot be written.
    """
    target = place_for(path)
    there = False
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        there = True
    if there:
        raise InputError("key_exists", name=str(target))
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(LEAST_BYTES) + "\n")
    return target


def _content(path: Path) -> bytes:
    """What is in a key file, if only its owner can read it."""
    trouble = ""
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if sys.platform != "win32" and state.st_mode & _READABLE_BY_OTHERS:
                trouble = "open"
            else:
                return file.read()
    except OSError:
        trouble = "unreadable"
    if trouble == "open":
        raise InputError("key_readable_by_others", name=str(path))
    raise InputError("key_not_readable", name=str(path))


def _bytes_of(content: bytes) -> bytes:
    text = content.strip()
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return content.rstrip(b"\r\n")
