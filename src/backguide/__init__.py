"""Turn a runner's profile into a printed guide for their back."""

__version__ = "0.1.0"
