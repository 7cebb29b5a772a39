"""A picture that leaves its page: title, measure, period and source are in it, as SVG, PNG, PDF or specification."""

from __future__ import annotations

import json
import math
import re
import struct
import textwrap
import zlib
from copy import deepcopy

import vl_convert
from markupsafe import escape

from darknumber.errors import InputError
from darknumber.views.plots import GROUND, INK, LETTER, MUTED, TEXT_SIZE, Figure, Spec, cleaned

TITLE_SIZE, SUBTITLE_SIZE = 17.0, 13.0
LINE = 1.35  # height of a line of words, times its size
NARROWEST = 560.0  # pixels: a smaller picture gets room at its right, so that its title does not stand in a column
MARGIN = 18.0  # around everything
BELOW = 16.0  # between the words and the picture
HEAVY = 1.12  # how much wider bold letters are
PIXELS = 2.0  # of an image, for each of the picture
PAGE = b"""#let told = json(bytes(sys.inputs.told))
#set document(title: told.title, date: none)
#set page(width: told.width * 0.75pt, height: told.height * 0.75pt, margin: 0pt)
#set text(lang: told.lang)
#image(bytes(told.svg), alt: told.alt, width: 100%)
"""
NAMESPACE = "http://www.w3.org/2000/svg"  # what makes a file an SVG; nothing is loaded from it


def alone(figure: Figure) -> Spec:
    """The specification with title, subtitle and description in it, so that it says what it shows wherever it is drawn.

    Parameters
    ----------
    figure
        The picture.
    """
    spec = deepcopy(figure.spec)
    width = _width(spec)
    room = max(width, NARROWEST)
    heading, subtitle = _lines(figure.title, room, TITLE_SIZE * HEAVY), _lines(figure.subtitle, room, SUBTITLE_SIZE)
    title = {
        "text": heading,
        "subtitle": subtitle,
        "anchor": "start",
        "frame": "bounds",
        "offset": BELOW,
        "fontSize": TITLE_SIZE,
        "lineHeight": TITLE_SIZE * LINE,
        "fontWeight": 600,
        "color": INK,
        "subtitleFontSize": SUBTITLE_SIZE,
        "subtitleLineHeight": SUBTITLE_SIZE * LINE,
        "subtitleColor": MUTED,
        "subtitlePadding": 6,
    }
    # what stands around the axes tells how much room it needs, words above all included
    spec["autosize"] = {"type": "pad"}
    spec["padding"] = {"left": MARGIN, "top": MARGIN, "bottom": MARGIN, "right": MARGIN + max(NARROWEST - width, 0.0)}
    return {"description": figure.description, "title": title, **spec}


def _lines(text: str, room: float, size: float) -> list[str]:
    """Words in as few lines as they need, all about as long."""
    most = max(int(room / (LETTER * size / TEXT_SIZE)), 20)
    lines = textwrap.wrap(text, most)
    even = math.ceil(len(text) / max(len(lines), 1))
    tries = (textwrap.wrap(text, width) for width in range(even, most + 1))
    return next((each for each in tries if len(each) <= len(lines)), [""])


def _width(spec: Spec) -> float:
    """How wide a picture is, in pixels; of several side by side that is known once they are drawn."""
    if "width" in spec:
        return float(spec["padding"]["left"] + spec["width"] + spec["padding"]["right"])
    box = re.search(r'viewBox="0 0 ([\d.]+)', vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
    return float(box.group(1)) if box else NARROWEST


def _told(figure: Figure) -> str:
    """What the picture shows, for those who do not see it."""
    return f"{figure.subtitle} {figure.description}"


def to_svg_file(figure: Figure) -> str:
    """An SVG file: white ground, title and description for those who do not see it; the same bytes every time."""
    drawn = vl_convert.vegalite_to_svg(alone(figure), allowed_base_urls=[])
    size, body = cleaned(drawn, "alone")
    _, _, width, height = size.split()
    return (
        f'<svg xmlns="{NAMESPACE}" width="{width}" height="{height}" viewBox="{size}" role="img" '
        'aria-labelledby="alone-title alone-text">'
        f'<title id="alone-title">{escape(figure.title)}</title>'
        f'<desc id="alone-text">{escape(_told(figure))}</desc>'
        f'<rect width="100%" height="100%" fill="{GROUND}"/>{body}\n'
    )


def to_png_file(figure: Figure) -> bytes:
    """An image with twice the pixels, which holds title and description as text too."""
    image = vl_convert.svg_to_png(to_svg_file(figure), scale=PIXELS)
    texts = {"Title": figure.title, "Description": _told(figure)}
    return with_texts(image, texts)


def to_pdf_file(figure: Figure, language: str) -> bytes:
    """A page of the size of the picture: tagged, with its description, and letters that can be searched and copied.

    Raises
    ------
    InputError
        typst is not installed.
    """
    try:
        import typst
    except ImportError:
        raise InputError("report_needs_package", ending=".pdf", package="typst") from None
    drawn = to_svg_file(figure)
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    width, height = (float(side) for side in size.groups()) if size else (NARROWEST, NARROWEST)
    told = {"title": figure.title, "alt": _told(figure), "lang": language, "svg": drawn}
    made = typst.compile(
        PAGE,
        format="pdf",
        sys_inputs={"told": json.dumps({**told, "width": width, "height": height}, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        timestamp=0,  # seconds since 1970: the same picture is the same file whenever it is made
    )
    return bytes(made)


def with_texts(image: bytes, texts: dict[str, str]) -> bytes:
    """A PNG with words in it, before its end (chunks ``iTXt`` of ISO/IEC 15948, in UTF-8, not compressed)."""
    end = image.rindex(b"IEND") - 4
    chunks = b"".join(_chunk(b"iTXt", name.encode() + b"\0\0\0\0\0" + text.encode()) for name, text in texts.items())
    return image[:end] + chunks + image[end:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
