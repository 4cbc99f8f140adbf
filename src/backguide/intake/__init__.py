"""The interview on paper: a sheet to fill in with a pen or on screen, and back again.

Nothing of this is loaded for a profile in JSON.
"""
