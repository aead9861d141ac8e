"""Text made ready for one purpose, step by step.

Comes in: text and the name of a profile. Goes out: what each step of it was given and what it gave.
A language model wants text as people write it; word counts want it cut, folded and thinned out;
pairs of sentences want both sides to fit; social posts want names and marks dealt with. `config`
holds the settings, `profile` the one call, `social`, `bag_of_words` and `pairs` the steps.
"""
