"""Whether a corpus is good enough to train on: limits in the recipe, held against its report."""
