"""From documents to passages, vectors, hits, figures and answers."""
