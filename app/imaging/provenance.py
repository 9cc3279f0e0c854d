"""The mark that says how a picture came to be, written as XMP and read back from the bytes."""

import re
from xml.sax.saxutils import quoteattr

from app.imaging.decoding import decoded

TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC NewsCodes, Digital Source Type: made by a generative model."""

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    Iptc4xmpExt:DigitalSourceType="{source_type}"{credit}/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""

_WRITTEN = re.compile(rb"""Iptc4xmpExt:DigitalSourceType(?:=["']|>\s*)([^"'<\s]+)""")


def credit_line(generator: str) -> str:
    """`AI-generated with DALL-E`: whom to name beside the picture."""
    return f"AI-generated with {generator}" if generator and generator != "Other" else "AI-generated"


def xmp_packet(source_type: str, *, credit: str = "") -> bytes:
    """An XMP packet that holds the IPTC Digital Source Type and the Credit Line, if any, and nothing else.

    Layout: IPTC Photo Metadata Standard 2023.1, properties "Digital Source Type" and "Credit Line"; XMP specification
    part 1, 7.3.
    """
    line = f"\n    photoshop:Credit={quoteattr(credit)}" if credit else ""
    return _PACKET.format(source_type=source_type, credit=line).encode()


def read_source_type(content: bytes) -> str | None:
    """The Digital Source Type that a written picture carries, or None. Raises UnreadablePicture."""
    with decoded(content) as picture:
        packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    raw = packet.encode() if isinstance(packet, str) else packet
    found = _WRITTEN.search(raw)
    return found[1].decode() if found else None
