"""Compare a finished PDF with the document that it should say.

In:   the bytes of a PDF and the document it was drawn from.
Out:  nothing, or a VerificationError that names every difference.
Pure: no files, no clock.
"""

import re
from collections.abc import Iterator

from backguide.document import Handout, HandoutSection, texts_of
from backguide.errors import VerificationError
from backguide.verification.readback import ReadBack, read_back
from backguide.verification.tree import Node, squeezed

CODE = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}(?![0-9A-F])")
"""A guide code as it is printed."""


def verify(pdf: bytes, handout: Handout, pages: int) -> None:
    """Check that the pages say what the document says, to the right person.

    Args:
        pdf: The finished file.
        handout: What it was drawn from, in its final order.
        pages: How many pages were laid out.

    Raises:
        VerificationError: With every difference, without any text of the person.
    """
    found = tuple(_differences(read_back(pdf), handout, pages))
    if found:
        raise VerificationError(
            "the finished pages failed their own check, so nothing was written: "
            + "; ".join(found)
        )


def _differences(read: ReadBack, handout: Handout, pages: int) -> Iterator[str]:
    yield from read.faults
    if read.page_count != pages:
        yield f"{read.page_count} pages in place of {pages}"
    yield from _furniture(read, handout, pages)
    yield from _sections(read, handout)
    name = next((f for f in read.fonts if "SourceSans3" not in f), "")
    if name:
        yield "a font that is not ours"
    if handout.title != "" and handout.title in (
        read.title,
        *read.information.values(),
    ):
        yield "the document's own title stands in the metadata"


def _furniture(read: ReadBack, handout: Handout, pages: int) -> Iterator[str]:
    """Check the id on top of each page and the count at its foot."""
    words = handout.furniture
    for page in range(1, min(pages, read.page_count) + 1):
        head = _bare(" ".join(read.artifact_texts(page, "Header")))
        foot = _bare(" ".join(read.artifact_texts(page, "Footer")))
        if _bare(words.guide_id) not in head or words.code not in head:
            yield f"page {page} does not carry the guide's own id and code"
        others = " ".join(read.artifact_texts(page, "Header"))
        if set(CODE.findall(others.replace(words.guide_id, ""))) - {words.code}:
            yield f"page {page} carries the code of another guide"
        number = words.page_words.replace("{page}", str(page))
        if _bare(number.replace("{pages}", str(pages))) not in foot:
            yield f"page {page} does not count its pages right"
        if words.is_draft and _bare(words.state_line) not in foot:
            yield f"page {page} does not say that it is a draft"


def _sections(read: ReadBack, handout: Handout) -> Iterator[str]:
    """Check that exactly the promised sections are there, in order, word for word."""
    if read.root is None:
        yield "no structure tree"
        return
    document = read.root if read.root.tag == "Document" else read.root.nodes[0]
    said = _bare(" ".join(node.text for node in document.nodes if node.tag == "P"))
    if _bare(" ".join(handout.opening)) not in said:
        yield "what is said of the whole is not below the title"
    printed = [node for node in document.nodes if node.tag == "Sect"]
    if len(printed) != len(handout.sections):
        yield f"{len(printed)} sections in place of {len(handout.sections)}"
        return
    for node, section in zip(printed, handout.sections, strict=True):
        if squeezed(node.title) != squeezed(section.title):
            yield f'section "{section.id}" is not where it should be'
        else:
            yield from _words(node, section)


def _words(node: Node, section: HandoutSection) -> Iterator[str]:
    """Check that each text of a section is on the page."""
    said = _bare(node.text)
    for block in section.blocks:
        for text in texts_of(block):
            if _bare(text.replace("\u2610", " ")) not in said:
                yield f'a text of section "{section.id}" is not on the page'
                return


def _bare(text: str) -> str:
    """Return the letters alone: line ends and spaces differ, words must not."""
    return "".join(text.split())
