"""What clients may send: one class for each kind of request, under the names of OpenAI and vLLM."""
