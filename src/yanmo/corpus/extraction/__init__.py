"""The main text of a web page.

`extract_page` takes the bytes of an HTML page and gives the text that a reader came for, without
navigation, advertisements and comments. Files are scanned, cut into blocks, and judged by a small
trained model.
"""
