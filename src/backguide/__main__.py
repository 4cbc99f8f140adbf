"""Run the command line with ``python -m backguide``."""

from backguide.cli import main

main()
