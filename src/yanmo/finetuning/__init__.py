"""Fine-tuning: the one trainer on the examples of tasks.

Comes in: examples, a model to begin from. Goes out: batches and losses for the trainer: heads,
sequence to sequence, instructions, preferences; full weights, LoRA or a probe.
"""
