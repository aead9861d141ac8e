"""Models in the files of other engines: GGUF for llama.cpp, ONNX, Hugging Face folders.

A model folder comes in; one file or one folder goes out, written under another name and renamed
when it is whole. Knows no tokenizer but the files in the model folder.
"""
