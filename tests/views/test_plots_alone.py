"""A picture that leaves its page carries its words, is drawn the same every time, and loads nothing."""

from __future__ import annotations

import html
import io
import re
import struct
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from darknumber.errors import InputError
from darknumber.views.plots import Figure
from darknumber.views.plots_alone import NAMESPACE, alone, to_pdf_file, to_png_file, to_svg_file, with_texts
from darknumber.views.plots_course import course
from darknumber.views.plots_iceberg import iceberg, iceberg_total
from darknumber.views.plots_lists import overlap
from darknumber.words import LANGUAGES, use_language


@pytest.fixture(scope="module", params=LANGUAGES)
def pictures(request, register, plain, broken) -> list[Figure]:
    with use_language(request.param):
        return [
            iceberg(register.by("year")),
            iceberg(broken.by("year")),  # with a hatched year: hatches are numbered on by what draws them
            iceberg_total(plain.total()),
            course(register.by("year")),
            overlap(plain.fits[0].data, source="Source: example, 6 lists"),
        ]


def letters(svg: str) -> str:
    """All words in the picture, in the order in which they are drawn."""
    words = " ".join(re.findall(r"<text[^>]*>(.*?)</text>", svg))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", words)).split())


def chunks(image: bytes) -> list[tuple[bytes, bytes]]:
    """The parts of a PNG, each checked by its own sum."""
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    found, place = [], 8
    while place < len(image):
        (size,) = struct.unpack(">I", image[place : place + 4])
        kind, content = image[place + 4 : place + 8], image[place + 8 : place + 8 + size]
        (known,) = struct.unpack(">I", image[place + 8 + size : place + 12 + size])
        assert zlib.crc32(kind + content) == known
        found.append((kind, content))
        place += 12 + size
    return found


def test_title_and_subtitle_are_drawn_in_full(pictures):
    for figure in pictures:
        drawn = letters(to_svg_file(figure))
        assert figure.title in drawn
        assert figure.subtitle in drawn


def test_an_svg_file_has_title_and_description_and_no_address(pictures):
    for figure in pictures:
        drawn = to_svg_file(figure)
        assert drawn.count("<title ") == drawn.count("<desc ") == 1
        assert drawn.count(NAMESPACE) == 1
        assert "//" not in drawn.replace(NAMESPACE, "")
        assert "<script" not in drawn
        assert "<image" not in drawn


def test_the_same_picture_is_the_same_bytes(pictures):
    for figure in pictures:
        assert to_svg_file(figure) == to_svg_file(figure)
    gaps = pictures[1]
    assert to_png_file(gaps) == to_png_file(gaps)
    assert to_pdf_file(gaps, "en") == to_pdf_file(gaps, "en")


def test_an_image_has_twice_the_pixels_on_white_and_says_what_it_shows(pictures):
    for figure in (pictures[0], pictures[4]):
        size = re.search(r'width="([\d.]+)" height="([\d.]+)"', to_svg_file(figure))
        assert size is not None
        parts = chunks(to_png_file(figure))
        width, height, _, colours = struct.unpack(">IIBB", parts[0][1][:10])
        assert (width, height) == pytest.approx([2 * float(side) for side in size.groups()], abs=2)
        assert colours == 6
        texts = dict(part.split(b"\0\0\0\0\0") for kind, part in parts if kind == b"iTXt")
        assert texts[b"Title"].decode() == figure.title
        assert figure.description in texts[b"Description"].decode()
        rows = zlib.decompress(b"".join(part for kind, part in parts if kind == b"IDAT"))
        assert rows[1:5] == b"\xff\xff\xff\xff"  # the first pixel: white, and not transparent


def test_a_page_is_tagged_titled_and_as_large_as_the_picture(pictures):
    for figure in pictures[:2]:
        page = PdfReader(io.BytesIO(to_pdf_file(figure, "nl")))
        assert len(page.pages) == 1
        assert page.metadata is not None
        assert page.metadata.title == figure.title
        root = page.trailer["/Root"]
        assert root["/Lang"] == "nl"
        assert root["/MarkInfo"]["/Marked"]
        assert figure.title.split()[0] in page.pages[0].extract_text()
        assert page_alt(page) == [f"{figure.subtitle} {figure.description}"]


def page_alt(page: PdfReader) -> list[str]:
    """The texts for pictures that the structure of a page has, from its root down."""

    def walk(node: object) -> Iterator[str]:
        held = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(held, dict):
            if "/Alt" in held:
                yield str(held["/Alt"])
            yield from walk(held.get("/K"))
        elif isinstance(held, list):
            for each in held:
                yield from walk(each)

    return list(walk(page.trailer["/Root"]["/StructTreeRoot"]))


def test_without_typst_there_is_a_hint(pictures, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(InputError) as failed:
        to_pdf_file(pictures[0], "en")
    assert failed.value.code == "report_needs_package"


def test_the_specification_of_the_page_is_left_as_it_was(pictures):
    for figure in pictures:
        before = repr(figure.spec)
        told = alone(figure)
        assert repr(figure.spec) == before
        assert " ".join(told["title"]["text"]) == figure.title
        assert " ".join(told["title"]["subtitle"]) == figure.subtitle
        assert told["description"] == figure.description


@given(title=st.text(alphabet="abc déf", min_size=1, max_size=300))
def test_long_titles_go_on_to_more_lines_and_lose_nothing(title):
    spec = {"width": 300, "height": 10, "padding": {"left": 1, "top": 1, "right": 1, "bottom": 1}, "layer": []}
    words = " ".join(title.split()) or "x"
    lines = alone(Figure(title=words, subtitle="y", description="z", spec=spec))["title"]["text"]
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert max(map(len, lines)) <= 53  # letters of a title that stand beside each other in the narrowest picture


def test_words_go_before_the_end_of_an_image():
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    made = chunks(with_texts(b"\x89PNG\r\n\x1a\n" + end, {"Title": "é"}))
    assert [kind for kind, _ in made] == [b"iTXt", b"IEND"]
    assert made[0][1] == "Title\0\0\0\0\0é".encode()
