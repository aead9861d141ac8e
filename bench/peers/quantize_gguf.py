"""llama.cpp's own Q4_0 of a GGUF file, every matrix alike: quantize_gguf.py FROM.gguf TO.gguf"""

import sys

import llama_cpp

settings = llama_cpp.llama_model_quantize_default_params()
settings.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0
settings.pure = True
if llama_cpp.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), settings):
    raise SystemExit("llama_model_quantize failed")
