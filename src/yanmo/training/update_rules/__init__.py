"""How weights move: one file for each rule, as functions of a gradient and a state.

A rule sees the parts of parameters that this process holds. Rules that go by single elements need
no more; the two that look at whole matrices gather what they need. Which parameter follows which
rule, and how states are saved, is decided in `training.optimizers`.
"""
