"""A trained model over HTTP, as clients of the OpenAI API expect it."""
