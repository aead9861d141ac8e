"""Tasks put to a model as text: no weight is changed, the task stands in the prompt.

Zero-shot and few-shot (Brown et al. 2020). `predict.predict_by_prompt` is the way in.
"""
