from __future__ import annotations

import codecs
import gzip

import pytest

from darknumber.data import encoding
from darknumber.data.encoding import encoding_of, has_blank_lines, is_plain, open_text

DUTCH = "naam;getal\ncafé ‘één’;1\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (DUTCH.encode("utf-8"), "utf-8"),
        (DUTCH.encode("utf-8-sig"), "utf-8-sig"),
        (DUTCH.encode("cp1252"), "cp1252"),
        (DUTCH.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + DUTCH.encode("utf-16-be"), "utf-16"),
        (b"plain;1\n", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_the_encoding_is_found(save, content, expected):
    path = save("a.csv", content)
    assert encoding_of(path) == expected
    with open_text(path, expected) as text:
        assert text.read() == content.decode(expected)


def test_one_accent_at_the_end_of_a_long_file_decides(save, monkeypatch):
    monkeypatch.setattr(encoding, "BLOCK", 64)
    assert encoding_of(save("a.csv", b"a;b\n" * 1000 + "é".encode("cp1252"))) == "cp1252"
    assert encoding_of(save("b.csv", b"a;b\n" * 1000 + "é".encode())) == "utf-8"


def test_a_character_cut_in_two_by_a_block_is_whole(save, monkeypatch):
    monkeypatch.setattr(encoding, "BLOCK", 3)
    assert encoding_of(save("a.csv", "aaé€é€aa\n" * 5)) == "utf-8"


def test_a_packed_file_is_unpacked(save):
    path = save("a.csv.gz", gzip.compress(DUTCH.encode("cp1252")))
    assert encoding_of(path) == "cp1252"


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02", b"PK\x03\x04\x00\x00", "a;b".encode("utf-32"), b"a\x81b", b"\xff\xfea"]
)
def test_what_is_not_text_is_refused(save, refused, content):
    assert refused(lambda: encoding_of(save("a.csv", content))).code == "unknown_encoding"


@pytest.mark.parametrize("content", [b"not packed at all", gzip.compress(b"a;b\n" * 100, mtime=0)[:20]])
def test_a_damaged_packed_file_is_refused(save, refused, content):
    assert refused(lambda: encoding_of(save("a.csv.gz", content))).code == "unreadable_file"


@pytest.mark.parametrize("content", [b"a;b\n1;2\n", b"a;b\r\n1;2\r\n", b"a;b\n1;2", "é; b\n".encode()])
def test_plain_files(save, content):
    assert is_plain(save("a.csv", content), ";")


def test_tabs_are_plain_between_cells_only(save):
    path = save("a.tsv", "a\tb\n1\t2\n")
    assert is_plain(path, "\t")
    assert not is_plain(path, ";")


@pytest.mark.parametrize(
    "content", [b'a;"b"\n', b"a;b\r\n1;2\n", b"a;b\r1;2\r", b"a;b\n1\r;2\n", "a;\u00a0b\n".encode()]
)
def test_files_that_programs_read_differently(save, content):
    assert not is_plain(save("a.csv", content), ";")


def test_a_line_end_cut_in_two_by_a_block_is_one(save, monkeypatch):
    for block in range(1, 6):
        monkeypatch.setattr(encoding, "BLOCK", block)
        assert is_plain(save("a.csv", b"a;b\r\n1;2\r\n"), ";")
        assert not is_plain(save("b.csv", b"a;b\r\n1;2\n3\r"), ";")
        assert not is_plain(save("c.csv", "a;\u00a0b\r\n".encode()), ";")


@pytest.mark.parametrize(
    ("content", "blank"),
    [
        ("a\nb\n", False),
        ("a\nb", False),
        ("a\n\n\n", False),
        ("a\n\nb\n", True),
        ("a\r\n\r\nb", True),
        ("a\r\nb\r\n\r\n", False),
        ("a\n \nb", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("block", [1, 2, 3, 1 << 20])
def test_blank_lines(save, monkeypatch, content, blank, block):
    monkeypatch.setattr(encoding, "BLOCK", block)
    assert has_blank_lines(save("a.csv", content)) == blank
