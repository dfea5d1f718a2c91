"""A map as one HTML file that opens by double click: no network, no file beside it."""

import base64
import hashlib
import html
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np

from prodcat.errors import AnalyzeError
from prodcat.explore.map_data import MapData
from prodcat.explore.page.packing import pack_map, quantise
from prodcat.explore.page.sheets import PER_SHEET, SIDE, Sheets, by_neighbourhood, make_sheets
from prodcat.files import write_text
from prodcat.screen import OnProgress
from prodcat.wording import clean

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = (
    *("elements", "unpack", "catalogue", "camera", "nearby"),
    *("points_webgl", "points_flat", "stage", "labels"),
    *("pictures", "colours", "filters", "card", "list", "search", "mosaic"),
    *("lasso", "pointer", "keys", "tabs", "drawers", "theme", "main"),
)
"""Read by the browser in this order; the last one starts it all."""
PICTURE_BYTES = 15_000_000
"""Of all pictures of a page, as written in it."""


@dataclass(frozen=True)
class WrittenMap:
    """What a page came to."""

    file: Path
    size: int
    """Bytes."""
    pictures: int
    """Products whose picture the page has."""
    broken: int
    """Pictures that could not be opened."""
    left_out: int
    """Products that there was no room for a picture of."""


def write_map(
    data: MapData,
    file: Path,
    *,
    picture_bytes: int = PICTURE_BYTES,
    on_progress: OnProgress | None = None,
) -> WrittenMap:
    """Write a map as one HTML file.

    Args:
        data: What it shows.
        file: Where to write.
        picture_bytes: What all pictures may take, as written in the page: of many products they
            are made smaller, and coarser.
        on_progress: Is told of pictures done.

    Raises:
        AnalyzeError: If it cannot be written.
    """
    sheets = None
    if data.pictures is not None:
        places, _ = quantise(data.layouts[0])
        order = by_neighbourhood(*places.T.astype(np.int64))
        sheets = make_sheets(data.pictures, order, max_bytes=picture_bytes, on_progress=on_progress)
    page = render(data, sheets)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, page, errors="replace")
    except OSError as error:
        raise AnalyzeError(f"Cannot write {file}: {error.strerror}.") from error
    return WrittenMap(
        file,
        file.stat().st_size,
        pictures=0 if sheets is None else int((sheets.places >= 0).sum()),
        broken=0 if sheets is None else sheets.broken,
        left_out=0 if sheets is None else sheets.left_out,
    )


def render(data: MapData, sheets: Sheets | None) -> str:
    """Return the page; whatever comes from the products is escaped or packed."""
    script = "\n".join(read_asset(f"{name}.js") for name in SCRIPTS)
    pictures = None
    if sheets is not None and sheets.written:
        pictures = {"cell": sheets.cell, "side": SIDE, "perSheet": PER_SHEET}
    packed = pack_map(data, pictures=pictures, places=None if sheets is None else sheets.places)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return Template(read_asset("page.html")).substitute(
        title=html.escape(clean(data.title)),
        about=html.escape(clean(data.about, 500)),
        style=read_asset("page.css"),
        script=script,
        # The only script that runs, whatever a stranger's text should smuggle in.
        digest=f"sha256-{digest}",
        data=packed,
        panels="\n".join(
            f'<section class="panel" id="panel-{i}" role="tabpanel" tabindex="0" hidden>'
            f"{panel.html}</section>"
            for i, panel in enumerate(data.panels)
        ),
        sheets="\n".join(
            f'<script type="text/plain" id="sheet-{i}">{sheet}</script>'
            for i, sheet in enumerate(sheets.written if sheets is not None else ())
        ),
    )


def read_asset(name: str) -> str:
    """Return one of the files that the page is made of."""
    return (ASSETS / name).read_text(encoding="utf-8")
