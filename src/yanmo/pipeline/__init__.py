"""The whole life: a recipe, its stages in order, what is up to date, lineage, plan and report.

Composes every package below it; the command line and the Python API are thin layers over it.
"""
