"""The engine: takes the sources of a recipe through the steps, on one machine or on many.

The work is a list of tasks over a shared folder. A task reads a group of files, or finishes what
one has read; it writes one directory, under its own name only when it is whole. So a killed worker
costs a task, a second run goes on where the first one ended, and the result does not depend on who
did what.
"""
