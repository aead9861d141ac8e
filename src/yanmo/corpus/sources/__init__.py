"""Where documents come from: one module for each kind of source.

A source yields what it can read, and a note for everything that it cannot. It changes no text
beyond taking it out of its container; that is what the steps are for.
"""
