"""The report of a run: one self-contained HTML file, made from the files of a run directory.

`build` is the way in. `run_files` reads, `curves` prepares the series, `sections` tell the story in
order, `page` puts them together in the frame of `core.page`.
"""
