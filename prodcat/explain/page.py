"""An explanation in HTML: words marked, the heat over the picture, in light and in dark."""

import base64
import io
from html import escape

import numpy as np
from PIL import Image

from prodcat.arrays import UInt8Array
from prodcat.explain.findings import Findings, Heat, Word
from prodcat.explain.sentences import CALLED, did, factor, tell, tell_part
from prodcat.explain.words import DESCRIPTION, NAME

FOR, AGAINST = (230, 120, 0), (30, 110, 230)
"""Orange and blue are told apart by those who do not see red and green."""
LEAST_SCALE = 0.5
"""Of the strongest influence: where nothing does much, nothing is coloured much."""
STRONGEST = 0.65
"""Opacity of the strongest, through which a letter or the picture can still be read."""
SHOWN_HEIGHT = 256
"""Pixels of the picture's height on the page."""

STYLE = """
.pc-why{font:15px/1.5 system-ui,sans-serif;max-width:60em;color:inherit}
.pc-why .pc-row{display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start}
.pc-why .pc-text{flex:1 1 22em;min-width:0;overflow-wrap:anywhere}
.pc-why h3{font-size:1.1em;margin:0 0 .4em}
.pc-why p{margin:.3em 0}
.pc-why mark{color:inherit;border-radius:.2em;padding:0 .1em}
.pc-why mark.pc-against{text-decoration:underline dotted}
.pc-why .pc-unread{opacity:.55}
.pc-why .pc-label{display:block;font-size:.8em;opacity:.75}
.pc-why table{border-collapse:collapse;margin:.6em 0;font-size:.9em}
.pc-why th,.pc-why td{text-align:left;padding:.15em .9em .15em 0;vertical-align:top}
.pc-why th{white-space:nowrap}
.pc-why tbody th{font-weight:600}
.pc-why figure{margin:0;flex:0 0 auto}
.pc-why .pc-seen{position:relative;display:inline-block;line-height:0;background:#fff}
.pc-why .pc-seen img:first-child{filter:grayscale(.8)}
.pc-why .pc-seen:hover img:first-child{filter:none}
.pc-why .pc-seen:hover img+img{opacity:0}
.pc-why .pc-seen img+img{position:absolute;inset:0;width:100%;height:100%}
.pc-why figcaption,.pc-why .pc-key{font-size:.8em;opacity:.75}
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root{{color-scheme:light dark}}
body{{margin:1.5em auto;max-width:60em;padding:0 1em}}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def whole_page(findings: Findings) -> str:
    """Return an explanation as a page that needs nothing else, no network and no script."""
    title = escape(f"Why {str(findings.answer)[:120]}")
    return PAGE.format(title=title, body=fragment(findings))


def fragment(findings: Findings) -> str:
    """Return an explanation for a notebook, or for the middle of a page."""
    answer, *lines = tell(findings)
    texts = [
        marked(part, text, read, findings)
        for part, text, read in (
            (NAME, findings.name, findings.read[0]),
            (DESCRIPTION, findings.description, findings.read[1]),
        )
        if text
    ]
    key = ""
    if texts or findings.heat is not None:
        key = (
            f"<p class='pc-key'><mark style='{_shade(FOR, STRONGEST)}'>orange</mark> speaks for it,"
            f" <mark class='pc-against' style='{_shade(AGAINST, STRONGEST)}'>blue</mark> against"
            " it; the stronger, the more.</p>"
        )
    table = parts_table(findings)
    in_table = {tell_part(part, findings) for part in findings.parts}
    said = "".join(f"<p>{_line(line)}</p>" for line in lines if line not in in_table)
    return (
        f"<div class='pc-why'><style>{STYLE}</style><h3>{escape(answer)}</h3>"
        f"<div class='pc-row'>{figure(findings.heat)}"
        f"<div class='pc-text'>{''.join(texts)}{key}{table}{said}</div></div></div>"
    )


def marked(part: str, text: str, read: int, findings: Findings) -> str:
    """Return a text whose words are coloured by what they did.

    Args:
        part: Whose text it is.
        text: The text.
        read: How many characters of it the model reads; the others are pale.
        findings: Has the words.
    """
    scale = max([LEAST_SCALE, *(abs(word.influence.answer) for word in findings.words)])
    places = sorted(
        (
            (start, end, word)
            for word in findings.words
            for of, start, end in word.spans
            if of == part
        ),
        key=lambda place: place[:2],
    )
    pieces, at = [], 0
    for start, end, word in places:
        pieces += [escape(text[at:start]), _mark(text[start:end], word, scale)]
        at = end
    pieces.append(escape(text[at:read]))
    if read < len(text):
        unread = escape(text[max(read, at) :])
        pieces.append(f"<span class='pc-unread' title='not read'>{unread}</span>")
    return f"<p><span class='pc-label'>{CALLED[part]}</span>{''.join(pieces)}</p>"


def _mark(text: str, word: Word, scale: float) -> str:
    size = word.influence.answer
    opacity = STRONGEST * min(1.0, abs(size) / scale)
    if opacity < 0.03:
        return escape(text)
    way, colour = ("for", FOR) if size > 0 else ("against", AGAINST)
    title = f"{way}: {factor(size)}"
    if word.text.casefold() != text.casefold():
        title += f", of “{word.text}”"
    return (
        f"<mark class='pc-{way}' style='{_shade(colour, opacity)}'"
        f" title='{escape(title, quote=True)}'>{escape(text)}</mark>"
    )


def parts_table(findings: Findings) -> str:
    """Return what each part says alone, and what would be said without it."""
    if len(findings.parts) < 2:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{CALLED[part.part]}</th><td>{_line(did(part))}</td>"
        f"<td>{_leaf(part.alone)}</td><td>{_leaf(part.without)}</td></tr>"
        for part in findings.parts
    )
    return (
        "<table><thead><tr><th scope='col'>part</th><th scope='col'>speaks</th>"
        "<th scope='col'>alone says</th>"
        f"<th scope='col'>without it</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _leaf(answer: object) -> str:
    alternatives = getattr(answer, "alternatives", ())
    return escape(str(alternatives[0])) if alternatives else "–"


def figure(heat: Heat | None) -> str:
    """Return the picture with the heat over it; nothing where there is none."""
    if heat is None:
        return ""
    height, width = heat.pixels.shape[1:]
    shown = max(1, round(SHOWN_HEIGHT * width / height))
    return (
        "<figure><span class='pc-seen'>"
        f"<img src='{picture_uri(heat.pixels)}' width='{shown}' height='{SHOWN_HEIGHT}'"
        " alt='What the model sees of the picture'>"
        f"<img src='{heat_uri(heat)}' alt='Where the answer comes from'></span>"
        "<figcaption>what the model sees;<br>point at it for its colours</figcaption></figure>"
    )


def picture_uri(pixels: UInt8Array) -> str:
    """Return a picture, (3, H, W), as text that a page can hold."""
    return _uri(Image.fromarray(pixels.transpose(1, 2, 0)), "JPEG", quality=85)


def heat_uri(heat: Heat) -> str:
    """Return a heat map as a small picture to lay over the other, clear where nothing happens."""
    values = heat.for_answer
    scale = max(LEAST_SCALE, float(np.abs(values).max()))
    colours = np.where((values > 0)[..., None], FOR, AGAINST)
    opacity = 255 * STRONGEST * np.abs(values) / scale
    painted = np.concatenate([colours, opacity[..., None]], axis=2).round().astype(np.uint8)
    # Larger than the heat map, for browsers differ in how they smooth what they enlarge.
    size = (4 * painted.shape[1], 4 * painted.shape[0])
    return _uri(Image.fromarray(painted).resize(size, Image.Resampling.BICUBIC), "PNG")


def _line(text: str) -> str:
    """Keep a number on one line with its sign."""
    return escape(text).replace(" ×", "&nbsp;×").replace(" %", "&nbsp;%")


def _uri(picture: Image.Image, kind: str, **options: int) -> str:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def _shade(colour: tuple[int, int, int], opacity: float) -> str:
    return f"background:rgba({colour[0]},{colour[1]},{colour[2]},{opacity:.2f})"
