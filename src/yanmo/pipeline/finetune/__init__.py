"""The stages `finetune/NAME` and `finetune/NAME/evaluate` of a recipe.

Puts together what must not know each other: tasks, the trainer, predictors, folders of models.
"""
