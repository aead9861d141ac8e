"""What would stop a recipe, found before its first stage that takes time.

A recipe's own values are judged when it is read. Here is the rest: tasks whose rows are wrong,
settings that a kind of task or of model cannot do, models that are not there.
"""
