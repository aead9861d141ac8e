"""Models and training states on disk: Hugging Face folders, and checkpoints that survive a crash.

Tensors travel as safetensors and everything else as JSON; nothing here reads or writes a pickle.
"""
