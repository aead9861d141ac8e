"""Small changes to text: more examples from few, and the noise that a robust model endures.

Comes in: a text, a strength and a seed. Goes out: a changed text, always the same for the same
seed. `operators` holds them by name; `letters` and `words` make the changes; `look_alikes` and
`same_sound` know which characters are taken for one another; `config` holds the settings. Labels
of an example are never looked at.
"""
