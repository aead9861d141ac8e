"""Sphinx settings; the reference pages are written from the code each time the pages are built."""

from __future__ import annotations

import os
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS))
os.environ["YANMO_LANG"] = "en"  # the reference is in English, whoever builds it

import reference_pages  # noqa: E402  # it lies beside this file

import yanmo  # noqa: E402

reference_pages.write_pages(DOCS / "_generated")

project = "yanmo"
author = "The yanmo authors"
copyright = "The yanmo authors, Apache-2.0"
version = release = yanmo.__version__
extensions = ["myst_parser", "mathml", "named_anchors"]
html_math_renderer = "mathml"
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"yanmo {release}"
html_copy_source = False
