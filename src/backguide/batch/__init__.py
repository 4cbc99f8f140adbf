"""Many handouts in one run: nothing lost, nobody mixed up.

How a run goes, and who does what:

    inputs     every input is found, named and hashed; clashes are seen (a Plan)
    ledger     what an earlier run made and still holds is kept
    work       one profile becomes one PDF on disk, inside a worker
    pool       the workers; ``executor`` is the seam where a ``cluster`` stands in
    permission what in the content is not reviewed, and whether that is refused
    manifest   one row for each input, written when its PDF is safely on disk
    report     what people read, made from the rows
    print_plan which guides of a finished run are printed, in which order and parts
    print_job  those guides as one file for the printer
    recall     who got what; one page again; what may go
    run        all of it in order; ``forecast`` the same without making anything

The print job needs nothing but a finished run: the rows of status made and reused in
natural order, each with ``id``, ``file``, ``pages`` and ``pdf_sha256``; held people
are in another folder and have another status, so they cannot slip in. A file is taken
only if its hash is the row's.
"""
