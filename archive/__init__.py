"""What a document is, how it is read in, where it is kept."""
