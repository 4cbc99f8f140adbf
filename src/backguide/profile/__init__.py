"""What the runner told us: read strictly, checked, turned into facts."""
