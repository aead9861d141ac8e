"""An explanation as one self-contained HTML page, in the frame that all our pages have.

`build` is the way in; a module for each section; `token_markup` tints tokens, `heat_image` draws
small matrices. Knows explanations, and no model.
"""
