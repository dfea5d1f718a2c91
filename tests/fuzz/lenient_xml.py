"""Documents for the lenient reader of XML, held against the strict one.

    python -m tests.fuzz.lenient_xml --examples 200000

Each is well-formed, or nearly: elements of feeds with marks, entities, sections and bytes between
them that belong there, or do not. The lenient reader may never raise, never take a second for a
megabyte, and must read whatever the strict one reads as that does.
"""

import contextlib
import io
import sys
import time
from xml.parsers import expat

import click
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.sources.reading.xml_mending import mend_bytes
from crawler.sources.reading.xml_records import XmlError, read_records

NAMES = {"item", "entry"}
PIECES = (
    *(
        "<item>",
        "</item>",
        "<entry a='b'>",
        "</entry>",
        "<g:id>1</g:id>",
        "<b/>",
        "<rss>",
        "</rss>",
    ),
    *("&amp;", "&lt;", "&#65;", "&#x41;", "&nbsp;", "&eacute;", "&", "&#0;", "&unknown;", "&#X41;"),
    *("<![CDATA[", "]]>", "<![CDATA[a & b < c]]>", "<!--", "-->", "<!-- a & b -->", "<?p a & b?>"),
    *(
        "<",
        ">",
        "<3",
        "</",
        "'",
        '"',
        " a='",
        ' b="&"',
        "\x00",
        "\x0b",
        "\x85",
        "\ufeff",
        "\n",
        "]",
    ),
    *("<?xml version='1.0'?>", '<?xml version="1.0" encoding="latin-1"?>', "<!DOCTYPE rss>", "é"),
)
WHOLE = (
    "<item><g:id>1</g:id></item>",
    "<item><![CDATA[a & b &nbsp; <]]></item>",
    "<item a='1 &gt; 0'>x &amp; y &#233;<b>c</b></item>",
    "<entry><a><!-- & < --></a><?p & <?></entry>",
    "<item/>",
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Draw a document that is well-formed, or nearly."""
    whole = st.sampled_from(WHOLE)
    odd = st.one_of(whole, st.sampled_from(PIECES), st.text(max_size=8))
    inner = "".join(draw(st.lists(draw(st.sampled_from([whole, odd])), max_size=8)))
    before = draw(
        st.sampled_from(["", "", "<?xml version='1.0'?>", "\n", "<!-- a -->", "Notice: x"])
    )
    return f"{before}<rss>{inner}</rss>".encode("utf-8", "replace")


def is_strict(content: bytes) -> bool:
    """Tell whether a document is well-formed."""
    parser = expat.ParserCreate("utf-8")
    with contextlib.suppress(expat.ExpatError):
        parser.Parse(content, True)
        return True
    return False


def strict_and_lenient(content: bytes) -> tuple[list[object] | None, list[object] | None]:
    """Return what both readers make of a document; None where it is refused."""
    strict = _records(content) if is_strict(content) else None
    return strict, _records(mend_bytes(content))


def _records(content: bytes) -> list[object] | None:
    try:
        # Where they begin differs: a mended text has other places.
        return [(r.name, r.fields, r.error) for r in read_records(io.BytesIO(content), NAMES)]
    except XmlError:
        return None


@click.command()
@click.option("--examples", type=int, default=200_000, show_default=True)
def main(examples: int) -> None:
    """Try as many documents, and stop at the first that is read wrongly."""
    counts = {"well-formed": 0, "mended": 0, "refused": 0}
    slowest = 0.0

    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(documents())
    def try_one(content: bytes) -> None:
        nonlocal slowest
        began = time.process_time()
        strict, lenient = strict_and_lenient(content)
        slowest = max(slowest, time.process_time() - began)
        assert strict is None or lenient == strict, content
        counts["refused" if lenient is None else "mended" if strict is None else "well-formed"] += 1

    try_one()
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    click.echo(f"{told}; slowest {slowest * 1000:.1f} ms")


if __name__ == "__main__":
    sys.path.insert(0, ".")
    main()
