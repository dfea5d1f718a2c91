"""One call from two files to a mapping: read, match, put in what people decided, write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from prodcat.errors import InputError
from prodcat.files import write_whole
from prodcat.product import PathLike
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.decisions import Decision, apply_decisions
from prodcat.trees.known_products import read_known_products
from prodcat.trees.mapping_files import read_decisions
from prodcat.trees.mapping_writing import check_output, write_mapping
from prodcat.trees.matching.matching import match_trees
from prodcat.trees.matching.meanings import multilingual_encoder
from prodcat.trees.matching.shared_products import product_shares
from prodcat.trees.translation import translate_tree
from prodcat.trees.tree_files import read_tree

OnProgress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class MappedTrees:
    """A mapping, and what is to be told of how it came about."""

    mapping: TreeMapping
    remarks: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Earlier decisions that these trees have no place for."""


def map_trees(
    left: PathLike,
    right: PathLike,
    *,
    output: PathLike | None = None,
    products: Sequence[PathLike] = (),
    decisions: Sequence[PathLike] = (),
    translation: tuple[PathLike, PathLike] | None = None,
    multilingual: bool = False,
    on_progress: OnProgress | None = None,
) -> MappedTrees:
    """Find for each category of one tree its counterparts in another.

    Args:
        left: The tree whose categories are mapped; a file of any form that `read_tree` reads.
        right: The tree that they are mapped to.
        output: To write: .xlsx, .csv or .json. What people decided in the file that is there
            already is kept.
        products: Corpora with products of both trees, which break ties.
        decisions: Earlier mappings, whose decisions are taken over; a later one counts.
        translation: One tree in two languages, that of the left tree first.
        multilingual: Embed the names with an encoder of 16 languages.
        on_progress: Is told how many categories are done.

    Raises:
        TaxonomyError: If a file is no tree.
        InputError: If a file cannot be read, or the output has another ending.
        CorpusError: If a corpus cannot be read.
        MissingDependencyError: If the encoder, or what Excel takes, is not installed.
    """
    if output is not None:
        check_output(output)
    ours, theirs = read_tree(left), read_tree(right)
    encoder = multilingual_encoder() if multilingual else None
    earlier = [*decisions]
    if output is not None and Path(output).exists():
        earlier.append(output)
    # Read before the work is done, which a broken file would make in vain.
    decided, problems = _decided(earlier, theirs)
    remarks = []
    named = ours
    if translation is not None:
        named, count = translate_tree(ours, *map(read_tree, translation))
        remarks.append(f"{count:,} of {len(ours):,} names translated")
        if not count:
            raise InputError(
                f"None of the names of {left} are in {translation[0]}; the first tree of a"
                " translation is in the language of the tree that is mapped."
            )
    shares = {}
    if products:
        sides = read_known_products(products, ours, theirs)
        shares = product_shares(ours, theirs, *sides)
        remarks.append(
            f"{len(sides[0]):,} products of the first tree and {len(sides[1]):,} of the second"
        )
    found = match_trees(named, theirs, encoder=encoder, shares=shares, on_progress=on_progress)
    mapping = TreeMapping(ours, theirs, tuple(found), Path(left).name, Path(right).name)
    mapping, more = apply_decisions(mapping, decided)
    if output is not None:
        if lost := _kept_aside(Path(output), [*problems, *more]):
            remarks.append(f"the earlier file is kept as {lost}")
        write_mapping(mapping, output)
    return MappedTrees(mapping, tuple(remarks), (*problems, *more))


def _kept_aside(output: Path, problems: Sequence[str]) -> Path | None:
    """Keep a file of decisions, not all of which are in the one that replaces it."""
    if not problems or not output.exists():
        return None
    for number in count(1):
        word = "before" if number == 1 else f"before-{number}"
        aside = output.with_name(f"{output.stem}.{word}{output.suffix}")
        try:
            # One that is there may hold what people decided earlier, or be a stranger's.
            aside.touch(exist_ok=False)
        except FileExistsError:
            continue
        write_whole(aside, output.read_bytes())
        return aside
    return None


def _decided(files: Sequence[PathLike], right: Taxonomy) -> tuple[list[Decision], list[str]]:
    decided: list[Decision] = []
    problems: list[str] = []
    for file in files:
        rows, found = read_decisions(file, right)
        decided += rows
        problems += [f"{file}, {problem}" for problem in found]
    return decided, problems
