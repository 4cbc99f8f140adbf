"""The peers: each has ``prepare()``, called once, and ``render(fields, size)``."""
