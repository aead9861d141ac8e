"""What watches over a run: spikes, numbers that are not finite, stalled processes, faulty hardware,
over-fitting, gradients that vanish or explode.

Each module judges numbers that it is given and knows nothing of the loop. The words of the
user-visible reports are here too; what to do about a verdict is decided in `training.step` and
`training.loop`.
"""
