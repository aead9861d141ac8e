"""The sections of the report, one module each, in the order in which a reader meets them.

Every module has one function `<noun>_section(run) -> Section | None`; None where the run directory
holds nothing to show yet.
"""
