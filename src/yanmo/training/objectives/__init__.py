"""What is learned: one file for each objective, all behind one interface (`objective.py`).

An objective says which rows it wants, makes batches of them, and gives `(loss_sum, num_targets)`
for a model and a batch. The sum is over the targets in nats; whoever calls divides by the number of
targets of the whole global batch, so that accumulation and parallelism cannot change the result.
"""
