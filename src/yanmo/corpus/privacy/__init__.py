"""Personal data and secrets in text: found by kernels and checks, masked by typed placeholders."""
