"""Compare a finished PDF with the document that it should say.

In:   the bytes of a PDF and the document it was drawn from.
Out:  nothing, or a VerificationError that names every difference.
Pure: no files, no clock.
"""

import re
from collections.abc import Iterator
from typing import Final

from backguide.document import (
    Handout,
    TickStrip,
    TimeBars,
    Verdict,
    texts_of,
)
from backguide.errors import VerificationError
from backguide.verification.objects import object_faults
from backguide.verification.pages import FileRead, PageRead, read_pages

CODE: Final = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}(?![0-9A-F])")
"""A guide code as it is printed."""

_HYPHENS: Final = str.maketrans("\x02\ufffe", "--")
"""pdfium tells a hyphen at the end of a line by other characters."""


_MARKS: Final = "0123456789.:\u2022"
"""What may stand before an item and between label and value."""


def verify(pdf: bytes, handout: Handout, pages: int) -> None:
    """Check that the pages say what the document says, to the right person.

    Args:
        pdf: The finished file.
        handout: What it was drawn from, in its final order.
        pages: How many pages were laid out.

    Raises:
        VerificationError: With every difference, without any text of the person.
    """
    read = read_pages(pdf)
    found = dict.fromkeys((*_differences(read, handout, pages), *object_faults(pdf)))
    if found:
        raise VerificationError(
            "the finished pages failed their own check, so nothing was written: "
            + "; ".join(found)
        )


def _differences(read: FileRead, handout: Handout, pages: int) -> Iterator[str]:
    yield from read.faults
    if len(read.pages) != pages:
        yield f"{len(read.pages)} pages in place of {pages}"
    for number, page in enumerate(read.pages, 1):
        yield from _furniture(page, handout, number, pages)
    yield from _sections(read, handout)
    yield from _words(read, handout)
    if handout.title and handout.title in read.information.values():
        yield "the document's own title stands in the metadata"


def _furniture(
    page: PageRead, handout: Handout, number: int, pages: int
) -> Iterator[str]:
    """Check the id on top of a page and the count at its foot."""
    words = handout.furniture
    around = " ".join(page.artifacts)
    bare = _bare(around)
    if _bare(words.guide_id) not in bare or words.code not in around:
        yield f"page {number} does not carry the guide's own id and code"
    if set(CODE.findall(around.replace(words.guide_id, ""))) - {words.code}:
        yield f"page {number} carries the code of another guide"
    count = words.page_words.replace("{page}", str(number))
    if _bare(count.replace("{pages}", str(pages))) not in bare:
        yield f"page {number} does not count its pages right"
    if words.is_draft and _bare(words.state_line) not in bare:
        yield f"page {number} does not say that it is a draft"


def _sections(read: FileRead, handout: Handout) -> Iterator[str]:
    """Check that exactly the promised sections are there, in order."""
    printed: list[tuple[int, str]] = []
    for number, page in enumerate(read.pages):
        top = [n for n, element in enumerate(page.elements) if element.depth == 1]
        for n in top:
            element, inner = page.elements[n], page.elements[n + 1 : n + 2]
            title = _bare(element.title)
            # A section that goes on comes first on its next page, without its heading.
            goes_on = n == top[0] and printed[-1:] == [(number - 1, title)]
            if goes_on and not any(kid.tag == "H2" for kid in inner):
                printed[-1] = number, title
            elif element.tag == "Sect":
                printed.append((number, title))
    titles = [title for _, title in printed]
    promised = [_bare(section.title) for section in handout.sections]
    if len(titles) != len(promised):
        yield f"{len(titles)} sections in place of {len(promised)}"
        return
    for section, title, own in zip(handout.sections, titles, promised, strict=True):
        if title != own:
            yield f'section "{section.id}" is not where it should be'


def _words(read: FileRead, handout: Handout) -> Iterator[str]:
    """Check that each text is on the pages, after the one before it, and no other."""
    said = "".join(map(_body, read.pages))
    if _bare(" ".join(handout.opening)) not in said:
        yield "what is said of the whole is not below the title"
    place, between = 0, set()
    for name, text in _texts(handout):
        found = said.find(text, place)
        if found < 0:
            yield f"a text of {name} is not on the page"
            continue
        between.add(said[place:found])
        place = found + len(text)
    between.add(said[place:])
    known = sorted(_labels(read, handout), key=len, reverse=True)
    for rest in between:
        for label in known:
            rest = rest.replace(label, "")
        if rest.strip(_MARKS):
            yield "a text is on the page that the document does not say"
            return


def _labels(read: FileRead, handout: Handout) -> set[str]:
    """Return what may stand between the texts: fixed words, a head shown again."""
    labels = [word for _, word in handout.words] + [" ".join(handout.opening)]
    for page in read.pages:
        labels += page.artifacts
    for block in (block for section in handout.sections for block in section.blocks):
        if isinstance(block, TimeBars):
            labels += [block.title, block.jog_word, block.walk_word]
            labels += [
                text for bar in block.bars for text in (bar.label, bar.jog_words)
            ]
    return {_bare(label) for label in labels} - {""}


def _body(page: PageRead) -> str:
    """Return what a page says without the furniture, which is drawn last."""
    said = _bare(page.text.translate(_HYPHENS))
    for artifact in reversed(page.furniture):
        said = said.removesuffix(_bare(artifact))
    return said


def _texts(handout: Handout) -> Iterator[tuple[str, str]]:
    """Yield what a document says in reading order, with the name of the place."""
    yield "the title", _bare(handout.title)
    for section in handout.sections:
        texts = [text for block in section.blocks for text in texts_of(block)]
        if not any(isinstance(block, Verdict | TickStrip) for block in section.blocks):
            texts.insert(0, section.title)
        if not section.is_on_page_one:
            texts.append(section.reason)
        for text in texts:
            # A box to tick is drawn, not written.
            if bare := _bare(text.replace("\u2610", " ")):
                yield f'section "{section.id}"', bare


def _bare(text: str) -> str:
    """Return the letters alone: line ends and spaces differ, words must not."""
    return "".join(text.split())
