"""Anchors that a heading names itself: `## <a id="what-it-costs"></a>开销`.

Comes in: pages read by myst_parser. Goes out: links such as `page.md#what-it-costs` find the
heading; without this myst_parser knows only anchors made from the words of the heading.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

_ANCHOR = re.compile(r'<a id="([^"]+)">')


def note_anchors(app: Sphinx, doctree: nodes.document) -> None:
    """Enter the named anchors of a page among its slugs: line, id of the section, title."""
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for title in doctree.findall(nodes.title):
        for raw in title.findall(nodes.raw):
            if match := _ANCHOR.search(raw.astext()):
                slugs[match[1]] = (title.line, title.parent["ids"][0], title.astext())


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("doctree-read", note_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
