"""One frame for every HTML page of ours: self-contained, light and dark, in two languages.

`frame` puts a page together from sections, `section` has the blocks that sections are built from,
`markup` escapes everything that is not markup of ours, `speaking` chooses the language. Knows
nothing of what is shown.
"""
