"""A canvas that writes tagged PDF: PDF/UA-1 and PDF/A-2a in one file.

No other module knows about marked content. Text must belong to a structure
element or be an artifact; anything else is an error while drawing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.resources import files
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

import backguide.layout.environment  # noqa: F401  isort: skip
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from backguide.errors import LayoutError
from backguide.layout.fonts import FACES, register_fonts
from backguide.layout.structure import Element

PRODUCER: Final = "backguide"


def _format_stream(self: Any, document: Any) -> bytes:
    """Write a line end between data and "endstream" (PDF/A-2, 6.1.7.1).

    reportlab sets none, so that data ending in a line end would lose a byte.
    """
    text: bytes = _reportlab_stream_format(self, document)
    return text.removesuffix(b"endstream\n") + b"\nendstream\n"


_reportlab_stream_format = pdfdoc.PDFStream.format
pdfdoc.PDFStream.format = _format_stream


class _Information(pdfdoc.PDFInfo):  # type: ignore[misc]
    """The Info dictionary with exactly what the XMP packet says as well."""

    def format(self, document: Any) -> bytes:
        day = pdfdoc.PDFDate(ts=document._timeStamp)
        entries = {
            "Title": pdfdoc.PDFString(self.title),
            "Author": pdfdoc.PDFString(self.author),
            "Creator": pdfdoc.PDFString(self.creator),
            "Producer": pdfdoc.PDFString(self.producer),
            "CreationDate": day,
            "ModDate": day,
        }
        text: bytes = pdfdoc.PDFDictionary(entries).format(document)
        return text


class TaggedCanvas:
    """Draws marks of a document and writes its structure beside them."""

    def __init__(
        self, width: float, height: float, *, title: str, language: str, issued_on: date
    ) -> None:
        """Begin a document.

        Args:
            width: Page width in points.
            height: Page height in points.
            title: Document title; never a person's name.
            language: BCP 47 tag.
            issued_on: The only date in the file.
        """
        register_fonts()
        self._stream = BytesIO()
        self._canvas = Canvas(
            self._stream,
            pagesize=(width, height),
            pageCompression=1,
            invariant=1,
            pdfVersion=(1, 7),
            lang=language,
            initialFontName=FACES["regular"],
            initialFontSize=12,
        )
        self._title = title
        self._language = language
        self._issued_on = issued_on
        self._owners: list[list[Element]] = [[]]
        """For each page, the element of each marked piece of content."""
        self._placed: dict[int, list[tuple[int, int]]] = {}
        """Element identity to its (page, piece) pairs."""
        self._is_open = False
        self._canvas._doc.info = _Information()
        self._canvas.setTitle(title)
        self._canvas.setAuthor(PRODUCER)
        self._canvas.setCreator(PRODUCER)
        self._canvas.setProducer(PRODUCER)

    # --- marked content -----------------------------------------------------

    @contextmanager
    def owned_by(self, element: Element) -> Iterator[None]:
        """Attach what is drawn inside to an element."""
        owners = self._owners[-1]
        number = len(owners)
        owners.append(element)
        page = len(self._owners) - 1
        self._placed.setdefault(id(element), []).append((page, number))
        with self._marked(f"/{element.tag} <</MCID {number}>> BDC"):
            yield

    @contextmanager
    def artifact(self, kind: str = "") -> Iterator[None]:
        """Mark what is drawn inside as meaning nothing to a reader.

        Args:
            kind: Header, Footer, or empty for layout.
        """
        begin = "/Artifact BMC"
        if kind:
            begin = f"/Artifact <</Type /Pagination /Subtype /{kind}>> BDC"
        with self._marked(begin):
            yield

    @contextmanager
    def _marked(self, begin: str) -> Iterator[None]:
        if self._is_open:
            raise LayoutError("marked content must not be nested")
        self._is_open = True
        self._canvas._code.append(begin)
        yield
        self._canvas._code.append("EMC")
        self._is_open = False

    def _check_open(self) -> None:
        if not self._is_open:
            raise LayoutError("nothing may be drawn outside an element or artifact")

    # --- drawing ------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        runs: list[tuple[str, str]],
        size: float,
        colour: tuple[float, float, float],
    ) -> None:
        """Draw a line of text; runs are (text, face)."""
        self._check_open()
        item = self._canvas.beginText(x, y)
        item.setFillColorRGB(*colour)
        for text, face in runs:
            item.setFont(FACES[face], size)
            item.textOut(text)
        self._canvas.drawText(item)

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: tuple[float, float, float] | None,
        stroke: tuple[float, float, float] | None,
        line_width: float,
        radius: float = 0,
    ) -> None:
        """Draw a rectangle from its lower left corner."""
        self._check_open()
        canvas = self._canvas
        if fill is not None:
            canvas.setFillColorRGB(*fill)
        if stroke is not None:
            canvas.setStrokeColorRGB(*stroke)
            canvas.setLineWidth(line_width)
        has_fill, has_stroke = int(fill is not None), int(stroke is not None)
        if radius:
            canvas.roundRect(x, y, width, height, radius, has_stroke, has_fill)
        else:
            canvas.rect(x, y, width, height, has_stroke, has_fill)

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        colour: tuple[float, float, float],
        line_width: float,
    ) -> None:
        """Draw a straight line."""
        self._check_open()
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(line_width)
        self._canvas.line(x1, y1, x2, y2)

    def polygon(
        self,
        points: list[tuple[float, float]],
        *,
        fill: tuple[float, float, float] | None,
        stroke: tuple[float, float, float] | None = None,
        line_width: float = 1,
    ) -> None:
        """Draw a closed polygon."""
        self._check_open()
        canvas = self._canvas
        path = canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        path.close()
        if fill is not None:
            canvas.setFillColorRGB(*fill)
        if stroke is not None:
            canvas.setStrokeColorRGB(*stroke)
            canvas.setLineWidth(line_width)
        canvas.drawPath(path, int(stroke is not None), int(fill is not None))

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: tuple[float, float, float] | None,
        stroke: tuple[float, float, float] | None = None,
        line_width: float = 1,
    ) -> None:
        """Draw a circle."""
        self._check_open()
        if fill is not None:
            self._canvas.setFillColorRGB(*fill)
        if stroke is not None:
            self._canvas.setStrokeColorRGB(*stroke)
            self._canvas.setLineWidth(line_width)
        self._canvas.circle(
            x, y, radius, int(stroke is not None), int(fill is not None)
        )

    def image(
        self, image: Any, x: float, y: float, width: float, height: float
    ) -> None:
        """Draw a picture from its lower left corner."""
        self._check_open()
        self._canvas.drawImage(image, x, y, width, height)

    def operators(self, code: str) -> None:
        """Add ready drawing operators, balanced in q and Q and without text."""
        self._check_open()
        self._canvas._code.append(code)

    def bookmark(self, key: str, title: str, y: float, level: int = 0) -> None:
        """Add an outline entry that jumps to a height of this page."""
        self._canvas.bookmarkPage(key, fit="XYZ", left=0, top=y)
        self._canvas.addOutlineEntry(title, key, level=level)

    def end_page(self) -> None:
        """Finish the page and begin the next."""
        self._canvas.showPage()
        page = self._canvas._doc.Pages.pages[-1]
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents = len(self._owners) - 1
        page.Tabs = pdfdoc.PDFName("S")
        page.Trans = None
        self._owners.append([])

    # --- the end ------------------------------------------------------------

    def finish(self, root: Element) -> bytes:
        """Write structure and metadata, and return the file."""
        document = self._canvas._doc
        self._owners.pop()
        tree = _StructureWriter(document, self._placed, self._owners).write(root)
        catalog = document.Catalog
        catalog.__NoDefault__ = [
            *catalog.__NoDefault__,
            "StructTreeRoot",
            "MarkInfo",
            "OutputIntents",
        ]
        catalog.StructTreeRoot = tree
        catalog.MarkInfo = pdfdoc.PDFDictionary({"Marked": "true"})
        catalog.OutputIntents = pdfdoc.PDFArray([_output_intent(document)])
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        catalog.Metadata = document.Reference(self._metadata())
        self._date_stamp(document)
        for page in document.Pages.pages:
            document.signature.update(_as_bytes(page.stream))
        self._canvas.save()
        return self._stream.getvalue()

    def _date_stamp(self, document: Any) -> None:
        """Make the day of issue the file's only date."""
        day = self._issued_on
        stamp = document._timeStamp

        stamp.YMDhms = (day.year, day.month, day.day, 0, 0, 0)
        stamp.lt = stamp.YMDhms
        stamp.tzname = "UTC"
        stamp.dhh, stamp.dmm = 0, 0

    def _metadata(self) -> Any:
        text = _XMP.format(
            title=escape(self._title),
            producer=PRODUCER,
            language=escape(self._language),
            day=f"{self._issued_on.isoformat()}T00:00:00+00:00",
        )
        stream = pdfdoc.PDFStream(
            dictionary=pdfdoc.PDFDictionary(
                {"Type": pdfdoc.PDFName("Metadata"), "Subtype": pdfdoc.PDFName("XML")}
            ),
            content=text.encode("utf-8"),
            filters=[],
        )
        stream.__Compress__ = 0
        return stream


def _as_bytes(stream: Any) -> bytes:
    content = getattr(stream, "content", stream)
    if isinstance(content, str):
        return content.encode("latin-1", "replace")
    return content if isinstance(content, bytes) else repr(content).encode()


class _StructureWriter:
    """Turns elements into the objects of the structure tree."""

    def __init__(
        self,
        document: Any,
        placed: dict[int, list[tuple[int, int]]],
        owners: list[list[Element]],
    ) -> None:
        self._document = document
        self._placed = placed
        self._owners = owners
        self._references: dict[int, Any] = {}

    def write(self, root: Element) -> Any:
        tree = pdfdoc.PDFDictionary({"Type": pdfdoc.PDFName("StructTreeRoot")})
        reference = self._document.Reference(tree)
        tree["K"] = self._element(root, reference)
        numbers: list[Any] = []
        for page, owners in enumerate(self._owners):
            array = pdfdoc.PDFArray([self._references[id(owner)] for owner in owners])
            numbers += [page, self._document.Reference(array)]
        tree["ParentTree"] = self._document.Reference(
            pdfdoc.PDFDictionary({"Nums": pdfdoc.PDFArray(numbers)})
        )
        tree["ParentTreeNextKey"] = len(self._owners)
        return reference

    def _element(self, element: Element, parent: Any) -> Any:
        entry = pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("StructElem"),
                "S": pdfdoc.PDFName(element.tag),
                "P": parent,
            }
        )
        reference = self._document.Reference(entry)
        self._references[id(element)] = reference
        kids: list[Any] = []
        pages = self._document.Pages.pages
        own = self._placed.get(id(element), [])
        if own:
            page_of_first = own[0][0]
            entry["Pg"] = self._document.Reference(pages[page_of_first])
            for page, number in own:
                if page == page_of_first:
                    kids.append(number)
                else:
                    kids.append(
                        pdfdoc.PDFDictionary(
                            {
                                "Type": pdfdoc.PDFName("MCR"),
                                "Pg": self._document.Reference(pages[page]),
                                "MCID": number,
                            }
                        )
                    )
        for child in element.children:
            if self._has_content(child):
                kids.append(self._element(child, reference))
        if kids:
            entry["K"] = pdfdoc.PDFArray(kids)
        self._attributes(element, entry)
        return reference

    def _has_content(self, element: Element) -> bool:
        """Tell whether the element is kept; empty cells are, for equal rows."""
        if element.tag in ("TD", "TH") or id(element) in self._placed:
            return True
        return any(self._has_content(child) for child in element.children)

    def _attributes(self, element: Element, entry: Any) -> None:
        words = (element.tag, element.alt, element.actual_text, element.title)
        self._document.signature.update("\0".join(words).encode("utf-8"))
        if element.alt:
            entry["Alt"] = pdfdoc.PDFString(element.alt)
        if element.actual_text:
            entry["ActualText"] = pdfdoc.PDFString(element.actual_text)
        if element.title:
            entry["T"] = pdfdoc.PDFString(element.title)
        name = pdfdoc.PDFName
        attributes = []
        if element.scope:
            attributes.append({"O": name("Table"), "Scope": name(element.scope)})
        if element.numbering:
            attributes.append(
                {"O": name("List"), "ListNumbering": name(element.numbering)}
            )
        if element.bbox:
            attributes.append(
                {
                    "O": name("Layout"),
                    "Placement": name("Block"),
                    "BBox": pdfdoc.PDFArray([round(v, 2) for v in element.bbox]),
                }
            )
        if attributes:
            entry["A"] = pdfdoc.PDFArray(
                [pdfdoc.PDFDictionary(item) for item in attributes]
            )


def _output_intent(document: Any) -> Any:
    profile = (files("backguide.layout") / "sRGB.icc").read_bytes()
    stream = pdfdoc.PDFStream(
        dictionary=pdfdoc.PDFDictionary({"N": 3}), content=profile
    )
    return document.Reference(
        pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("OutputIntent"),
                "S": pdfdoc.PDFName("GTS_PDFA1"),
                "OutputConditionIdentifier": pdfdoc.PDFString("sRGB"),
                "Info": pdfdoc.PDFString("sRGB"),
                "DestOutputProfile": document.Reference(stream),
            }
        )
    )


_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{producer}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{day}</xmp:CreateDate>
<xmp:ModifyDate>{day}</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
