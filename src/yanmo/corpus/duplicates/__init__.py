"""What a corpus says twice: whole documents, lines, passages.

Comes in: the documents of a whole corpus. Goes out: the reason for every copy that is rejected, and
the bytes to cut out of those that stay. `build.build_comparisons` makes the steps that a
`config.DuplicatesConfig` asks for; each is a `Comparison` as `corpus.steps` defines it. Knows
nothing of files, nor of how the work is spread over processes.
"""
