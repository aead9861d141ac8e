"""Models measured on tasks: the stages `finetune/NAME/evaluate` and `measure/NAME` of a recipe.

Figures with intervals beside what a sceptic would ask for: baselines, what was seen in training,
noise, other models.
"""
