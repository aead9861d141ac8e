"""Looking inside a trained model: attributions, attention, what each layer predicts, probes."""
