"""What every other package stands on: errors, configuration, manifests, files, messages, progress.

Nothing here knows what a language model is, and nothing here imports torch when it is loaded.
"""
