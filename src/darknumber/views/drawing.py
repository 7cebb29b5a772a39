"""Pictures for paper: drawn alone, with letters as large as the page needs, always the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

import vl_convert

from darknumber.views.plots import Figure

WIDEST = 860.0  # pixels of a picture that takes the whole width of a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture as SVG, and the share of the width of a page that it takes."""

    svg: str
    share: float


def drawn(figure: Figure, *, letters: float = 1.0) -> Drawing:
    """The picture, ready to be put on a page.

    Parameters
    ----------
    figure
        What to draw.
    letters
        How much larger its letters are than on a screen.
    """
    svg: str = vl_convert.vegalite_to_svg(figure.spec, allowed_base_urls=[])
    # hatched areas are numbered on from the pictures before
    for place, counted in enumerate(dict.fromkeys(re.findall(r"gradient_\d+", svg))):
        svg = re.sub(rf"{counted}\b", f"shade-{place}", svg)
    if letters != 1.0:
        svg = re.sub(r'font-size="([\d.]+)px"', lambda size: f'font-size="{float(size[1]) * letters:g}px"', svg)
    width = re.search(r'<svg[^>]* width="([\d.]+)"', svg)
    return Drawing(svg=svg, share=min(float(width[1]) / WIDEST, 1.0) if width else 1.0)
