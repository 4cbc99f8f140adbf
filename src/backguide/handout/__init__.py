"""From decisions to a document: placeholders filled, parts in order."""
