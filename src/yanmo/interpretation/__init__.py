"""Why a model said what it said: attention, attributions, lenses, ablation, patching, probes.

`subject` opens a model, `ask` puts a question to it, every other module answers one kind of "why"
about that question; `deletion_test` says whether an attribution deserves trust, `explanation` puts
all together and `page` writes it. Models stay as they are: what is looked at or changed inside them
is reached by hooks, which are gone afterwards.
"""
