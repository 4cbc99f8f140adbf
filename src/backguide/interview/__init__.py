"""The interview: which questions can still change this person's guide."""
