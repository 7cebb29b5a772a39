"""How a text file is encoded, and whether every program would read it the same way."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from darknumber.errors import InputError

FALLBACK = "cp1252"  # what Windows programs in western Europe write when they do not write UTF-8
BLOCK = 1 << 20  # bytes read at a time
NO_BREAK_SPACE = "\u00a0".encode()

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def open_bytes(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked where its name ends in ``.gz``."""
    packed = path.suffix.lower() == ".gz"
    return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """The text of a file, line ends as they are."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, newline="")


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its byte-order mark, else UTF-8 if all of it is, else Windows-1252.

    Raises
    ------
    InputError
        The file cannot be opened, or is not text in one of these.
    """
    try:
        with open_bytes(path) as file:
            start = file.read(4)
        marked = [name for mark, name in _BYTE_ORDER_MARKS.items() if start.startswith(mark)]
        found = [name for name in marked or ["utf-8", FALLBACK] if _is_text(path, name)]
    except (OSError, EOFError):
        found = None
    if found is None:
        raise InputError("unreadable_file", name=path.name)
    if not found:
        raise InputError("unknown_encoding", name=path.name)
    return found[0]


def is_plain(path: Path, delimiter: str) -> bool:
    """Whether every program would read a file the same way, and spaces are the only thing to take off its cells.

    It has no quotes, no tabs but between cells, no no-break spaces, and the same line end throughout.
    """
    unwanted = [b'"', NO_BREAK_SPACE, *([] if delimiter == "\t" else [b"\t"])]
    returns = feeds = both = 0
    last = b""
    for block in _blocks(path):
        joined = last + block
        if any(each in joined for each in unwanted):
            return False
        returns += block.count(b"\r")
        feeds += block.count(b"\n")
        both += joined.count(b"\r\n")
        last = block[-1:]
    return returns == 0 or returns == feeds == both


def has_blank_lines(path: Path) -> bool:
    """Whether a file in which all line ends are alike has lines with nothing on them, other than at its end."""
    ends = b""  # line ends after which nothing came yet
    for block in _blocks(path):
        lines = ends + block.replace(b"\r", b"")
        if b"\n\n" in lines.rstrip(b"\n"):
            return True
        ends = lines[len(lines.rstrip(b"\n")) :]
    return False


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _blocks(path):
            if "\0" in decoder.decode(block):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _blocks(path: Path) -> Iterator[bytes]:
    with open_bytes(path) as file:
        while block := file.read(BLOCK):
            yield block
