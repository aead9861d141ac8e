"""Small changes to text that leave its meaning: more examples from few.

Comes in: a text and a seed. Goes out: a changed text, always the same for the same seed. `config`
holds the settings, `operators` the changes. Labels of an example are never looked at.
"""
