"""Equations as MathML, which browsers show by themselves: no script, no font, no network.

A Sphinx extension: takes the TeX of each equation, writes it with docutils' own converter.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml


def setup(app: Any) -> dict[str, bool]:
    """Register the renderer under the name `mathml`."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_write_inline, None), block_renderers=(_write_block, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write_inline(page: Any, node: Any) -> None:
    page.body.append(latex2mathml.tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _write_block(page: Any, node: Any) -> None:
    equation = latex2mathml.tex2mathml(node.astext())
    # The room below keeps the theme from giving tall equations a scroll bar.
    page.body.append(f'<div class="math" style="padding: 0.3em 0 0.6em">{equation}</div>\n')
    raise nodes.SkipNode
