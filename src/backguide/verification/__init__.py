"""Read the finished pages back: the right person, the right words, nothing else.

The only owner of pypdfium2. Stands outside ``layout`` on purpose: what drew a page
must not be what judges it.
"""
