r"""Which score of novelty best tells products of kinds that a tree has no place for.

    python -m experiments.benchmarks.novelty build/fashion.db --out docs/reports/novelty.md \
        --set text.encoder=all-MiniLM-L6-v2 --set image.weights=mobilenet_v2.safetensors

Foreign products are made: all categories of one name are left out, wherever they stand in the
tree, a head on frozen encoders is trained on products of the others, and then answers the
validation products of both. A limit of novelty lies where it lets through a share of the kept
ones, and what is more novel is not answered. Training and validation products alone take part.

Embeddings are computed once, beside the corpus; after that a branch takes about a minute.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from experiments.benchmarks.foreign.outcomes import QUANTILES, BranchOutcome, Shares, judge
from experiments.benchmarks.foreign.products import Branch, draw_sample, embed
from experiments.benchmarks.foreign.trial import PATTERNS, try_branch
from experiments.benchmarks.section import Section, show_sections
from prodcat.batches.embedded import EmbeddedDataset
from prodcat.config import RunConfig, load_config
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows, LearningTask, build_task
from prodcat.errors import ConfigError
from prodcat.inputs.tokens import TextReader
from prodcat.network.classifier import build_classifier
from prodcat.network.text_encoder import save_tokenizer
from prodcat.wording import percent

RECIPE = Path(__file__).parents[1] / "frozen.yaml"
BRANCHES = (
    *("Personal Care", "Footwear", "Bags", "Watches"),
    *("Jewellery", "Eyewear", "Innerwear", "Bottomwear"),
)
Outcomes = Mapping[str, Mapping[str, BranchOutcome]]
"""By pattern of parts, then by branch."""


def main() -> None:
    """Leave out each branch, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--config", type=Path, default=RECIPE, help="settings; frozen encoders")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="changes")
    parser.add_argument(
        "--branch", action="append", metavar="NAME", help=f"if not given: {', '.join(BRANCHES)}"
    )
    parser.add_argument("--products", type=int, default=8000, help="to train on, drawn from all")
    parser.add_argument("--out", type=Path, help="Markdown file to write the tables to")
    options = parser.parse_args()
    config = load_config(options.config, options.changes)
    with Corpus.open(options.corpus, read_only=True) as corpus:
        task = build_task(corpus, config.data)
        sides = draw_sides(task, options.products, config)
        datasets = embed_all(sides, corpus, config)
    outcomes = try_all(options.branch or BRANCHES, task, sides["val"], datasets, config)
    about = (
        f"{len(sides['train'].rows):,} training and {len(sides['val'].rows):,} validation"
        f" products, {len(task.leaf_ids)} categories; seed {config.train.seed}. Branches left out:"
        f" {', '.join(outcomes[next(iter(PATTERNS))])}. `python -m experiments.benchmarks.novelty`"
        " made this page."
    )
    show_sections("Which score tells foreign products", [about], lay_out(outcomes), options.out)


def draw_sides(task: LearningTask, most: int, config: RunConfig) -> dict[str, LabelledRows]:
    """Return the products to train on, so many that each leaf stays, and those to validate."""
    train, seed = task.sides["train"], config.train.seed
    places = draw_sample(train.labels, most, config.data.min_products, seed)
    return {"train": train.take(places), "val": task.sides["val"]}


def embed_all(
    sides: Mapping[str, LabelledRows], corpus: Corpus, config: RunConfig
) -> dict[str, EmbeddedDataset]:
    """Embed all products with the encoders of the recipe.

    Raises:
        ConfigError: If an encoder is missing, or not frozen.
    """
    text, image = config.text, config.image
    if "none" in (text.encoder, image.encoder) or not (text.frozen and image.frozen):
        raise ConfigError("The trial needs both encoders, with text.frozen and image.frozen true.")
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = save_tokenizer(text.encoder, Path(folder))
        reader = TextReader(tokenizer, max_tokens=text.max_tokens, description=text.description)
        return embed(build_classifier(config, 2), sides, corpus, reader, config)


def try_all(
    names: Sequence[str],
    task: LearningTask,
    val: LabelledRows,
    datasets: Mapping[str, EmbeddedDataset],
    config: RunConfig,
) -> dict[str, dict[str, BranchOutcome]]:
    """Leave out one branch after the other."""
    outcomes: dict[str, dict[str, BranchOutcome]] = {pattern: {} for pattern in PATTERNS}
    for branch in [Branch.of(name, task.leaf_paths) for name in names]:
        answered = try_branch(branch, datasets, task.leaf_paths, config)
        kept = [task.leaf_paths[i] for i in branch.kept]
        for pattern, given in answered.items():
            paths = [val.paths[i] for i in given.places]
            outcomes[pattern][branch.name] = judge(given, kept, paths)
        print(f"{branch.name} left out", flush=True)
    return outcomes


def lay_out(outcomes: Outcomes) -> list[Section]:
    """Return all tables."""
    sections = [by_score(pattern, branches) for pattern, branches in outcomes.items()]
    return sections + [by_branch(pattern, branches) for pattern, branches in outcomes.items()]


def by_score(pattern: str, branches: Mapping[str, BranchOutcome]) -> Section:
    """Return the means over the branches, score by score."""
    some = list(branches.values())
    rows = [["no limit", "–", *cells([[b.without for b in some] for _ in QUANTILES])]]
    for name in some[0].scores:
        found = [b.scores[name] for b in some]
        aurocs = spread([outcome.auroc for outcome in found], "{:.3f}".format)
        rows.append([name, aurocs, *cells([[o.at[q] for o in found] for q in QUANTILES])])
    headings = ["score", "AUROC"]
    for quantile in QUANTILES:
        headings += [f"{word} at {percent(quantile)}" for word in ("answered", "wrong", "lost")]
    note = (
        "Means over the branches ± their standard deviation. Of the foreign products, how many are"
        " still answered at an accuracy of 98 %, and how many of them wrongly (with a category"
        " that is not above their own), with the limit where it lets through that share of the"
        " kept ones; and how many of the kept ones lose their answer."
    )
    return Section(f"By score, {pattern}", note, tuple(headings), rows)


def cells(by_quantile: Sequence[Sequence[Shares]]) -> list[str]:
    """Return three cells for each quantile, from what each branch came to."""
    found = []
    for shares in by_quantile:
        for values in ([s.answered for s in shares], [s.wrong for s in shares]):
            found.append(spread([100 * value for value in values], "{:.1f}".format))
        found.append(f"{100 * np.mean([s.lost for s in shares]):.1f}")
    return found


def spread(values: Sequence[float], show: Callable[[float], str]) -> str:
    """Return mean and standard deviation.

    >>> spread([1.0, 3.0], "{:.1f}".format)
    '2.0 ± 1.4'
    """
    if len(values) < 2:
        return show(float(np.mean(values)))
    return f"{show(float(np.mean(values)))} ± {show(float(np.std(values, ddof=1)))}"


def by_branch(pattern: str, branches: Mapping[str, BranchOutcome]) -> Section:
    """Return the wrong answers that each score leaves, branch by branch."""
    quantile = QUANTILES[0]
    rows = [
        [
            name,
            f"{branch.foreign:,}",
            percent(branch.accuracy),
            *(f"{100 * wrong:.1f}" for wrong in (branch.without.wrong, *left)),
        ]
        for name, branch in branches.items()
        for left in [[o.at[quantile].wrong for o in branch.scores.values()]]
    ]
    scores = next(iter(branches.values())).scores
    note = (
        f"Percent of the foreign products that are answered wrongly at 98 %, limits at"
        f" {percent(quantile)}; accuracy is of the head, on the kept products."
    )
    headings = ("left out", "foreign", "accuracy", "no limit", *scores)
    return Section(f"By branch, {pattern}", note, headings, rows)


if __name__ == "__main__":
    main()
