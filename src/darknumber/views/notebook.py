"""Tables and pictures as a notebook shows them: a part of a page, with its own style and nothing loaded."""

from __future__ import annotations

import hashlib

from markupsafe import Markup, escape

from darknumber.views.plots import GROUND, INK, MUTED, RULE, Figure, to_svg
from darknumber.views.tables import Table, to_html

# Notebooks have a style of their own for tables, light or dark: ours stays within its block, on its own ground.
STYLE = f"""
.darknumber {{ background: {GROUND}; color: {INK}; padding: 12px 16px; font-family: system-ui, sans-serif; }}
.darknumber table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0; }}
.darknumber caption {{ caption-side: top; text-align: left; font-weight: 600; color: {INK}; padding: 0 0 6px; }}
.darknumber th, .darknumber td {{ padding: 4px 14px 4px 0; border-bottom: 1px solid {RULE}; background: {GROUND};
  color: {INK}; vertical-align: top; }}
.darknumber th {{ font-weight: 600; }}
.darknumber tbody th {{ font-weight: 400; }}
.darknumber thead th {{ border-bottom: 2px solid {INK}; vertical-align: bottom; }}
.darknumber .left {{ text-align: left; }}
.darknumber .right {{ text-align: right; }}
.darknumber td.right {{ white-space: nowrap; }}
.darknumber thead th.group {{ text-align: center; border-bottom: 1px solid {RULE}; }}
.darknumber .table {{ overflow-x: auto; }}
.darknumber .sum th, .darknumber .sum td {{ font-weight: 600; }}
.darknumber .remark {{ color: {MUTED}; font-size: 90%; max-width: 68ch; margin: 6px 0 0; }}
.darknumber figure {{ margin: 0; }}
.darknumber figcaption b {{ display: block; font-size: 110%; }}
.darknumber figcaption span {{ color: {MUTED}; font-size: 90%; }}
.darknumber svg {{ width: 100%; height: auto; }}
"""


def table_block(table: Table) -> str:
    """A table with its caption and notes."""
    return _block(to_html(table))


def picture_block(figure: Figure) -> str:
    """A picture with its title and subtitle above it."""
    heading = Markup("<figcaption><b>{}</b><span>{}</span></figcaption>").format(figure.title, figure.subtitle)
    return _block(Markup("<figure>") + heading + to_svg(figure, name_of(figure)) + Markup("</figure>"))


def name_of(figure: Figure) -> str:
    """Letters and digits for the ids of a picture: others for another picture, the same whenever it is drawn."""
    return "p" + hashlib.sha256(repr(figure).encode()).hexdigest()[:10]


def _block(content: Markup) -> str:
    return f'<div class="darknumber"><style>{escape(STYLE)}</style>{content}</div>'
