"""One loop that trains any model: objectives, optimisers, schedules, guards, one step.

The trainer sees `(loss_sum, num_targets)` and nothing of what the model is; batches are a pure
function of (seed, step); what happens now and then during a run is a plain callable.
"""
