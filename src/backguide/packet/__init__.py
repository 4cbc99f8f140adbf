"""The review packet: all content on paper, to be read and signed by a clinician."""
