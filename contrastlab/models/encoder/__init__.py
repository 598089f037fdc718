"""Pictures to embeddings: networks trained so that two views of one picture lie close together."""
