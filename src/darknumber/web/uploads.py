"""Files that come in: streamed to the owner-only folder of a session, and never held in memory."""

from __future__ import annotations

import gzip
import re
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from python_multipart.multipart import MultipartParser, parse_options_header

from darknumber.data.kinds import KINDS
from darknumber.errors import InputError

MEGABYTE = 1024**2
LARGEST = 4096 * MEGABYTE  # of one upload, by default
LARGEST_FIELD = 64 * 1024  # bytes of a field that is no file
LARGEST_STUDY = MEGABYTE  # bytes of a study file: it is the one that is read whole, and here
MOST_PARTS = 64  # parts of one upload
AROUND = 8 * MEGABYTE  # bytes of all that is no file: fields, headers and boundaries
LONGEST_NAME = 80  # letters of the name of a file
LONGEST_STEM = 200  # bytes of it without its ending; file systems take 255
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # what Windows takes for no file at all

# A workbook is a packed folder: a small one can unpack to more than any machine holds.
UNPACKED = 1024 * MEGABYTE
UNPACKED_TEXT = 4 * LARGEST  # of text that is packed by itself, which is never held in memory
RATIO = 200  # times its own size that an honest file unpacks to, at most
SMALL = 50 * MEGABYTE  # up to which nobody asks how many times that is
PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # others are in no file that offices write
OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1")  # how workbooks of before 2007 begin, and those with a password

WORKBOOKS = frozenset(ending for ending, kind in KINDS.items() if kind == "workbook")
STUDY_ENDING, KEPT_ENDING, PACKED = ".toml", ".dn", ".gz"


class Refused(Exception):
    """The upload is no form of ours: damaged, without the secret of the session, or of the wrong type."""


@dataclass(slots=True)
class _Part:
    """One part of a form that is being read."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    path: Path | None = None
    out: IO[bytes] | None = None
    text: bytearray = field(default_factory=bytearray)
    is_file: bool = False


@dataclass(slots=True, kw_only=True)
class Upload:
    """A form with files.

    Parameters
    ----------
    fields
        The fields that are no files.
    files
        The files by the field they came in, each under its own name in a folder of its own.
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[Path]] = field(default_factory=dict)


async def receive(
    stream: AsyncIterator[bytes],
    content_type: str,
    folder: Path,
    trusted: Callable[[str], bool],
    *,
    largest: int = LARGEST,
) -> Upload:
    """Read a form with files from a request, as it comes.

    Parameters
    ----------
    stream
        The bytes of the request.
    content_type
        Its header, with the boundary.
    folder
        The session's own.
    trusted
        Whether the field ``csrf``, which must stand before the files, holds the secret of the session.
    largest
        Bytes of all files together.

    Raises
    ------
    Refused
        No form of ours.
    InputError
        A file that is too large, or of a kind that is not read.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Refused
    reader = _Reader(folder, trusted, largest)
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
        size = 0
        async for chunk in stream:
            size += len(chunk)
            if size > largest + AROUND:
                raise _too_large(largest)
            if chunk:
                parser.write(chunk)
        parser.finalize()
        if not reader.whole or not trusted(reader.found.fields.get("csrf", "")):
            raise Refused
    except ValueError as error:  # what the parser raises is one
        reader.close()
        raise Refused from error
    except OSError as error:  # the disk is full, or the session was restarted meanwhile
        reader.close()
        await _rest(stream)
        raise InputError("cannot_write", name=reader.name, kind=type(error).__name__) from error
    except InputError:
        reader.close()
        await _rest(stream)
        raise
    except BaseException:
        reader.close()
        raise
    return reader.found


async def _rest(stream: AsyncIterator[bytes]) -> None:
    """Let the rest of a request go by: a browser that may not end what it says does not hear the answer."""
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > UNPACKED_TEXT:
            return


def _too_large(most: int) -> InputError:
    return InputError("upload_too_large", most=most // MEGABYTE)


class _Reader:
    """Puts the parts of a form where they belong while they are parsed."""

    def __init__(self, folder: Path, trusted: Callable[[str], bool], largest: int) -> None:
        self.found = Upload()
        self.whole = False
        self._folder, self._trusted, self._largest = folder, trusted, largest
        self._size = self._parts = 0
        self._part = _Part()
        self._header = self._value = b""

    @property
    def name(self) -> str:
        """The name of the file that is being read."""
        return "" if self._part.path is None else self._part.path.name

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._named,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def close(self) -> None:
        """Let go of a form that is not taken: its files are removed."""
        if self._part.out is not None:
            self._part.out.close()
        for path in [*(path for paths in self.found.files.values() for path in paths), self._part.path]:
            if path is not None:
                shutil.rmtree(path.parent, ignore_errors=True)

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Refused
        self._part, self._header, self._value = _Part(), b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._part.headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _named(self) -> None:
        _, options = parse_options_header(self._part.headers.get(b"content-disposition", b""))
        self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            return
        self._part.is_file = True
        if not self._trusted(self.found.fields.get("csrf", "")):
            raise Refused  # before a byte of the file is kept
        given = options[b"filename"].decode("utf-8", "replace")
        if given:
            name = own_name(given)
            self._part.path = Path(tempfile.mkdtemp(prefix="file-", dir=self._folder)) / name
            self._part.out = self._part.path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.is_file:
            self._size += end - start
            if self._size > self._largest:
                raise _too_large(self._largest)
            if self._part.path is not None and self._part.out is not None:
                self._part.out.write(data[start:end])
                if self._part.path.suffix == STUDY_ENDING and self._part.out.tell() > LARGEST_STUDY:
                    raise InputError("no_study_of_this_size", name=self._part.path.name)
            return
        self._part.text += data[start:end]
        if len(self._part.text) > LARGEST_FIELD:
            raise Refused

    def _end(self) -> None:
        part = self._part
        if part.out is not None and part.path is not None:
            part.out.close()
            part.out = None
            self.found.files.setdefault(part.name, []).append(part.path)
        elif not part.is_file:
            self.found.fields[part.name] = part.text.decode("utf-8", "replace")

    def _all(self) -> None:
        self.whole = True


def own_name(given: str) -> str:
    """The name that a file gets: the last part of the one it had, without anything that leads elsewhere.

    Raises
    ------
    InputError
        An ending that stands for no kind of file we read.
    """
    last = PureWindowsPath(PurePosixPath(given.replace("\0", "")).name).name
    plain = re.sub(r"[^\w .()+\-]", "_", last).strip(" .")
    endings = [ending.lower() for ending in PurePosixPath(plain).suffixes[-2:]]
    packed = endings[-1:] == [PACKED]
    ending = "".join(endings[-2:] if packed else endings[-1:])
    kind = endings[0] if packed and len(endings) == 2 else ending
    known = {STUDY_ENDING, KEPT_ENDING, *KINDS} if not packed else {each for each, of in KINDS.items() if of == "text"}
    if kind not in known:
        raise InputError("unknown_file_type", name=plain[:LONGEST_NAME] or "?", known=tuple(KINDS))
    stem = plain[: len(plain) - len(ending)].strip(" .")[: LONGEST_NAME - len(ending)]
    stem = stem.encode()[:LONGEST_STEM].decode(errors="ignore").strip(" .") or "data"
    return f"_{stem}{ending}" if DEVICES.fullmatch(stem) else stem + ending


def check_packed(path: Path) -> None:
    """Refuse a packed file that unpacks to more than is sensible; what it says of its own size is not believed.

    Whether it is packed is told from what is in it, as those who read it do, and not from its name.

    Raises
    ------
    InputError
        It does, or it is damaged.
    """
    ending = path.suffix.lower()
    most = max(SMALL, RATIO * path.stat().st_size)
    try:
        if ending == PACKED:
            with gzip.open(path) as stream:
                _count(path, stream, 0, min(most, UNPACKED_TEXT))
        elif zipfile.is_zipfile(path):
            size = 0
            with zipfile.ZipFile(path) as held:
                for entry in held.infolist():
                    size += _unpacked(path, held, entry, size, min(most, UNPACKED))
        elif ending in WORKBOOKS | {KEPT_ENDING} and not _is_old_workbook(path):
            raise ValueError
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise InputError("unreadable_file", name=path.name) from error


def _unpacked(path: Path, held: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int, most: int) -> int:
    """Bytes of one part of a packed folder, unpacked to its end, which need not be where it says."""
    told, entry.file_size = entry.file_size, sys.maxsize
    if entry.compress_type not in PACKINGS:
        raise ValueError
    with held.open(entry) as stream:
        found = _count(path, stream, size, most) - size
    if found != told:
        raise ValueError
    return found


def _is_old_workbook(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(OLD_WORKBOOK)) == OLD_WORKBOOK


def _count(path: Path, stream: IO[bytes] | gzip.GzipFile, size: int, most: int) -> int:
    """Bytes with those of one more part; it stops where there are too many."""
    while block := stream.read(MEGABYTE):
        size += len(block)
        if size > most:
            raise InputError("unpacks_too_large", name=path.name, most=most // MEGABYTE)
    return size
