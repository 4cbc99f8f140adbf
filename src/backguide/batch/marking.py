"""Mark a page that no longer holds: a sheet before it, and a band across each page."""

from datetime import date
from pathlib import PurePosixPath

from backguide.batch.manifest import Row
from backguide.binding import Part, bind, read_facts, stamped
from backguide.errors import OutputError
from backguide.guidance.library import Library
from backguide.layout.sheets import paper_of, separator, superseded_mark
from backguide.verification.bound import Expected, verify_bound


def marked(row: Row, content: bytes, library: Library) -> bytes:
    """Return a superseded page, marked so that nobody takes it for one that holds.

    Args:
        row: What the manifest tells of the page.
        content: The bytes of the page.
        library: The content; only its fixed words are used.

    Raises:
        BindingError: The page holds something that cannot be bound.
        OutputError: Its paper is not known.
        VerificationError: The marked file does not say what its parts say.
    """
    facts = read_facts(content)
    paper = paper_of(facts.width, facts.height)
    if not paper:
        raise OutputError(f"{PurePosixPath(row.file).name}: its paper is not known")
    word, title = library.words["page.superseded"], library.frame.pdf_title
    day = date.fromisoformat(row.issued_on)
    mark = superseded_mark(
        paper, word=word, title=title, language=facts.language, issued_on=day
    )
    sheet = separator(
        paper,
        lines=(word, row.id, row.guide_code),
        title=title,
        language=facts.language,
        issued_on=day,
        has_back=False,
    )
    page = stamped(content, mark)
    whole = bind(
        [Part(sheet, "sheet"), Part(page, row.guide_code, row.id)],
        title,
    )
    parts = [Expected(sheet), Expected(page, row.id, row.guide_code, row.id)]
    verify_bound(whole, parts)
    return whole
