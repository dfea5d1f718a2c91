"""`prodcat explore`: from a corpus or a frame to one page that shows it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from prodcat.arrays import BoolArray, Float32Array
from prodcat.errors import InputError, require
from prodcat.explore.catalogue import Catalogue, read_catalogue
from prodcat.explore.clusters import label_clusters
from prodcat.explore.colourings import colourings
from prodcat.explore.framed import read_frame
from prodcat.explore.layouts.laying_out import lay_out
from prodcat.explore.layouts.methods import METHODS, check_methods
from prodcat.explore.map_data import Fact, MapData, MapLayout
from prodcat.explore.page.writing import write_map
from prodcat.explore.picture_facts import PictureFacts, read_picture_facts
from prodcat.explore.profile.counting import count_profile
from prodcat.explore.profile.panel import profile_panel
from prodcat.explore.tree.panel import Seen, tree_panel
from prodcat.explore.tree.pictures import picture_tree
from prodcat.explore.vectors import OF, given_vectors, vectors_of
from prodcat.product import PathLike
from prodcat.screen import OnProgress
from prodcat.tables.columns import Columns
from prodcat.vectors.corpus import default_folder
from prodcat.vectors.unit import unit_rows
from prodcat.wording import duration, size

DESCRIBED = 200
"""Characters of a description that a product's card tells."""
PIXELS = "grey pixels of pictures"


@dataclass(frozen=True)
class ExploreOptions:
    """How a catalogue is shown."""

    kinds: Sequence[str] = ("fused",)
    """Kinds of vectors that are laid out; the first is what the tree is held against."""
    layouts: Sequence[str] = tuple(METHODS)
    """Which of ``umap``, ``tsne`` and ``pca``, in the order of the tabs."""
    pixels: bool = False
    """Lay out flattened grey pixels of the pictures too."""
    model: PathLike | None = None
    """The model that makes the vectors; None for the one that comes with prodcat."""
    run: PathLike | None = None
    """A run directory, to colour by what its model answered and whether it was right."""
    limit: int | None = None
    """Products at most; of more a sample is shown, the same every time."""
    title: str | None = None
    """Of the page; None for the name of the corpus."""
    columns: Columns | None = None
    """Of a frame: field → the column that holds it, for those that are not found by their names."""


@dataclass(frozen=True)
class Explored:
    """What came of it."""

    file: Path
    size: int
    """Bytes of the page."""
    products: int
    pictures: int
    """Products whose picture the page shows."""
    layouts: tuple[str, ...]
    notes: tuple[str, ...]
    """What was left out, and why."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Step → how long it took."""

    def lines(self) -> Iterator[str]:
        """Yield it in sentences."""
        yield (
            f"{self.file} shows {self.products:,} products, {self.pictures:,} of them with their"
            f" picture ({size(self.size)}; {', '.join(self.layouts)})."
        )
        yield from self.notes
        steps = ", ".join(f"{step} {duration(taken)}" for step, taken in self.seconds.items())
        yield f"It took {duration(sum(self.seconds.values()))}: {steps}."


class Steps:
    """Tells which step begins, and keeps how long each took."""

    def __init__(self, on_message: Callable[[str], None] | None) -> None:
        self.on_message = on_message
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, message: str = "") -> Iterator[None]:
        """Take the time of a block."""
        if self.on_message is not None and message:
            self.on_message(message)
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def explore(
    source: Any,
    out: PathLike,
    *,
    vectors: ArrayLike | Mapping[str, ArrayLike] | None = None,
    options: ExploreOptions | None = None,
    on_message: Callable[[str], None] | None = None,
    on_progress: OnProgress | None = None,
) -> Explored:
    """Show a corpus or a data frame as one page: a map, the tree as the data sees it, a profile.

    Args:
        source: The path of a corpus; or a pandas or polars DataFrame or an Arrow table.
        out: The HTML file to write.
        vectors: One vector for each product, (N, D), in the order of the frame or of the corpus'
            ids, or several such by name; None to make them by a model.
        options: Everything else.
        on_message: Is told what begins, and what was left out.
        on_progress: Is told of products done, of what takes longest.

    Raises:
        CorpusError: If the corpus cannot be read or has no products.
        TableError: If a frame has no column that looks like a name, a description or a picture.
        InputError: If an option does not fit, or *vectors* are not of these products.
        AnalyzeError: If the run cannot be read, or the page cannot be written.
        ModelError: If the model cannot be used.
        MissingDependencyError: Without the ``explore`` extra.
    """
    chosen = options or ExploreOptions()
    check_methods(tuple(chosen.layouts))
    # Not after the minutes that vectors may take.
    require("scipy.cluster.hierarchy", extra="explore")
    steps = Steps(on_message)
    is_corpus = isinstance(source, str | Path) or hasattr(source, "__fspath__")
    with steps.step("reading", f"reading {source}" if is_corpus else ""):
        if is_corpus:
            catalogue = read_catalogue(source, limit=chosen.limit)
        else:
            catalogue = read_frame(source, columns=chosen.columns, limit=chosen.limit)
    with steps.step("vectors", "vectors" if vectors is None else ""):
        if vectors is not None:
            by_name = given_vectors(vectors, catalogue)
        else:
            by_name = vectors_of(
                catalogue,
                Path(source) if is_corpus else None,
                chosen.kinds,
                chosen.model,
                on_progress=on_progress,
            )
    facts = None
    if catalogue.has_picture.any():
        with steps.step("pictures", "sizes and colours of pictures"):
            facts = read_picture_facts(
                catalogue.pictures,
                catalogue.has_picture,
                grey=chosen.pixels,
                on_progress=on_progress,
            )
    data, notes = _map_data(
        catalogue, by_name, facts, chosen, steps, Path(source) if is_corpus else None
    )
    with steps.step("page", "writing the page"):
        written = write_map(data, Path(out), on_progress=on_progress)
    if written.broken:
        notes += (f"{written.broken:,} pictures could not be opened.",)
    if written.left_out:
        notes += (f"{written.left_out:,} pictures are left out, for want of room.",)
    return Explored(
        Path(out),
        written.size,
        len(catalogue),
        written.pictures,
        tuple(layout.name for layout in data.layouts),
        notes,
        steps.seconds,
    )


def _map_data(
    catalogue: Catalogue,
    by_name: Mapping[str, tuple[Float32Array, BoolArray]],
    facts: PictureFacts | None,
    options: ExploreOptions,
    steps: Steps,
    corpus: Path | None,
) -> tuple[MapData, tuple[str, ...]]:
    folder = None if corpus is None else default_folder(corpus) / "layouts"
    layouts: list[MapLayout] = []
    notes: list[str] = []
    sources = dict(by_name)
    if options.pixels and facts is not None and facts.grey is not None:
        sources[PIXELS] = (facts.grey, facts.present)
    elif options.pixels:
        notes.append("No product has a picture, so there are no pixels to lay out.")
    for place, (name, (vectors, present)) in enumerate(sources.items()):
        if not present.any():
            notes.append(f"No product has {OF.get(name, name)}.")
            continue
        made = lay_out(
            vectors,
            present,
            tuple(options.layouts),
            of=OF.get(name, name),
            suffix=_suffix(name) if place else "",
            folder=folder,
            on_message=steps.on_message,
        )
        for step, taken in made.seconds.items():
            steps.seconds[step] = steps.seconds.get(step, 0.0) + taken
        notes += made.notes
        layouts += made.layouts
    if not layouts:
        raise InputError(f"No product has anything to lay out. {' '.join(notes)}".strip())
    with steps.step("labels"):
        layouts = [label_clusters(layout, catalogue.names) for layout in layouts]
    with steps.step("colours"):
        run = None if options.run is None else Path(options.run)
        partitions = colourings(catalogue, facts, run)
    first, (vectors, present) = next((n, v) for n, v in sources.items() if v[1].any())
    with steps.step("tree", "the tree as the data sees it"):
        pictures = None
        if catalogue.has_picture.any():
            pictures = picture_tree(catalogue.pictures, catalogue.has_picture, catalogue.paths)
        seen = Seen(
            catalogue.names,
            catalogue.paths,
            unit_rows(vectors),
            present,
            OF.get(first, first),
            pictures,
        )
        tree = tree_panel(seen)
    with steps.step("profile"):
        profile = profile_panel(count_profile(catalogue, facts))
    if len(catalogue) < catalogue.total:
        notes.insert(
            0,
            f"A sample of {len(catalogue):,} of {catalogue.total:,} products is shown.",
        )
    data = MapData(
        title=options.title or catalogue.title,
        ids=catalogue.ids,
        names=catalogue.names,
        layouts=tuple(layouts),
        colourings=partitions,
        facts=(_descriptions(catalogue),),
        pictures=catalogue.pictures if catalogue.has_picture.any() else None,
        panels=(tree, profile),
        about=f"{len(catalogue):,} products by {OF.get(first, first)}",
        notes=tuple(notes),
    )
    return data, tuple(notes)


def _suffix(name: str) -> str:
    return " of pixels" if name == PIXELS else f" of {name}"


def _descriptions(catalogue: Catalogue) -> Fact:
    return Fact("description", [text[:DESCRIBED] for text in catalogue.descriptions])
