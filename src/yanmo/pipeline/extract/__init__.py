"""What a schema asks of texts: fields in, values with their places out."""
