"""What a file says of itself: its day, its title, the standards it keeps."""

import zlib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from backguide.layout.document import TaggedDocument, text_string

PRODUCER: Final = "backguide"
SHEET_TOOL: Final = "backguide intake-sheet"
"""What made a sheet: by then it may hold answers, so no command writes over it."""


def write_information(
    file: TaggedDocument, title: str, day: date, tool: str = PRODUCER
) -> int:
    """Write the Info dictionary, with exactly what the XMP packet says as well."""
    producer, stamp = text_string(PRODUCER), b"(D:%b000000+00'00')" % _digits(day)
    creator = text_string(tool)
    return file.add(
        b"<</Title %b/Author %b/Creator %b/Producer %b/CreationDate %b/ModDate %b>>"
        % (text_string(title), producer, creator, producer, stamp, stamp)
    )


def write_packet(
    file: TaggedDocument, title: str, language: str, day: date, tool: str = PRODUCER
) -> int:
    """Write the XMP packet; it stays legible, as archives want it."""
    text = _XMP.format(
        title=_escaped(title),
        producer=PRODUCER,
        tool=tool,
        language=_escaped(language),
        day=f"{day.isoformat()}T00:00:00+00:00",
    )
    return file.stream(b"/Type/Metadata/Subtype/XML", text.encode("utf-8"))


def write_output_intent(file: TaggedDocument) -> int:
    """Write what the colours mean: sRGB."""
    profile = file.stream(b"/N 3/Filter/FlateDecode", _packed_colours())
    return file.add(
        b"<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)"
        b"/Info(sRGB)/DestOutputProfile %d 0 R>>" % profile
    )


@cache
def _packed_colours() -> bytes:
    return zlib.compress((files("backguide.layout") / "sRGB.icc").read_bytes(), 9)


def _digits(day: date) -> bytes:
    return day.isoformat().replace("-", "").encode("ascii")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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
<xmp:CreatorTool>{tool}</xmp:CreatorTool>
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
