"""The kinds of tasks, one file each: how its section of a recipe looks, and how its rows are read.

Comes in: a section of a recipe and the files it names. Goes out: a task with typed examples. To add
a kind, write such a file and name its configuration in `yanmo.tasks.config`.
"""
