"""Pictures for paper: drawn alone, with letters as large as the page needs, always the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

import vl_convert

from darknumber.views.plots import Figure, cleaned

NAMESPACE = "http://www.w3.org/2000/svg"  # what makes a file an SVG; nothing is loaded from it
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
    size, body = cleaned(vl_convert.vegalite_to_svg(figure.spec, allowed_base_urls=[]), "picture")
    if letters != 1.0:
        body = re.sub(r'font-size="([\d.]+)px"', lambda found: f'font-size="{float(found[1]) * letters:g}px"', body)
    _, _, width, height = size.split()
    svg = f'<svg xmlns="{NAMESPACE}" viewBox="{size}" width="{width}" height="{height}">{body}'
    return Drawing(svg=svg, share=min(float(width) / WIDEST, 1.0))
