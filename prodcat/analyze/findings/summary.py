"""What a report says, as plain data: made once, then written as a page, Markdown or Excel.

Numbers are as measured, shares from 0 to 1, and None where there is none; how they look is
each output's own affair. All texts may come from strangers. Everything is in the order in
which it is to be shown, so that equal runs give equal reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from prodcat.measures.interval import Interval
from prodcat.runs.history import History
from prodcat.runs.reading import SkippedRun
from prodcat.runs.records import Cost, Selection, TrainingFacts
from prodcat.runs.side import Side

LEVELS = ("leaf", "parent", "top")
"""Where answers are compared: the leaf, the category above it, and the top of the tree."""


@dataclass(frozen=True)
class ThresholdPoint:
    """What one threshold, chosen on validation, does on the products reported."""

    goal: float
    """The accuracy that the threshold promises, such as 0.98."""
    coverage: float
    """Share of products answered; 0 where no threshold promises it."""
    accuracy: float | None
    """Reached on those answered; None where none is."""


@dataclass(frozen=True)
class CoverageCurve:
    """Accuracy against the share answered, from the surest products on."""

    n: int
    coverage: tuple[float, ...]
    """Rising to 1, at about a hundred places."""
    accuracy: tuple[float, ...]
    points: tuple[ThresholdPoint, ...]
    """Empty where the run's thresholds cannot be trusted, see `RunSummary.warnings`."""


@dataclass(frozen=True)
class ReliabilityBin:
    """Products about equally sure: how sure, and how often right."""

    n: int
    confidence: float
    """Their mean probability."""
    accuracy: float
    low: float
    """Wilson's 95 % interval of the accuracy."""
    high: float


@dataclass(frozen=True)
class Reliability:
    """How sure answers are against how often they are right, from unsure to sure."""

    before: tuple[ReliabilityBin, ...] = ()
    """Before calibration."""
    after: tuple[ReliabilityBin, ...] = ()


@dataclass(frozen=True)
class CategoryRow:
    """How one leaf category fares."""

    path: str
    n: int
    """Products whose label it is."""
    answered: int
    """Products whose best leaf it is."""
    train_products: int | None
    precision: float | None
    recall: float | None
    f1: float | None
    harm: int
    """Wrong products it has a part in: missed, or answered with it though another's."""
    mostly_taken_for: str
    """Path of the leaf its missed products are most often answered with; may be empty."""


@dataclass(frozen=True)
class ClassSize:
    """Accuracy on the categories with about as many training products."""

    low: int
    high: int | None
    """Training products of a category, both included; None for no upper end."""
    categories: int
    n: int
    accuracy: Interval
    """Wilson's 95 % interval."""


@dataclass(frozen=True)
class Group:
    """Neighbouring rows of a matrix that stand below one category."""

    path: str
    depth: int
    """1 for the top of the tree."""
    start: int
    end: int
    """Rows start to end - 1."""


@dataclass(frozen=True)
class Matrix:
    """What was answered for what: truth in rows, answers in columns, in the tree's order."""

    labels: tuple[str, ...]
    """Paths, of rows and of columns; of a level above the leaves, that level's paths."""
    cells: tuple[tuple[int, int, int], ...]
    """Row, column and number of products, where there are any."""
    groups: tuple[Group, ...]
    """Every category above the rows, from the top down."""


@dataclass(frozen=True)
class ProductFacts:
    """A product that some part of the report shows."""

    id: str
    name: str | None
    label: str
    image_sha256: str | None


@dataclass(frozen=True)
class ConfusedPair:
    """Products of one leaf answered with another."""

    label: str
    answer: str
    n: int
    label_n: int
    """Products with that label."""
    examples: tuple[str, ...]
    """Ids, the most confident first; see `Summary.products`."""


@dataclass(frozen=True)
class Mistake:
    """A wrong best leaf."""

    id: str
    """See `Summary.products` for its name, label and picture."""
    answer: str
    probability: float
    label_probability: float | None
    """Of the true leaf; None where it is not among the five best."""


@dataclass(frozen=True)
class RunSummary:
    """All that is told of one run."""

    name: str
    n: int
    """Products of the side reported."""
    classes: int
    """Categories its model can answer."""
    reads: tuple[str, ...]
    """Parts that it made use of: ``name``, ``description``, ``image``."""
    measures: Mapping[str, Interval]
    """With all parts given; those of coverage are missing where they cannot be trusted."""
    selections: tuple[Selection, ...]
    """``everything`` first."""
    settings: Mapping[str, str]
    """All of them, ``train.lr`` → ``0.001``; absolute paths are cut to their last name."""
    facts: Mapping[str, str]
    """Where it ran: device, commit, versions."""
    training: TrainingFacts
    cost: Cost
    best_in: tuple[str, ...]
    """Measures in which it is significantly better than every other run."""
    warnings: tuple[str, ...]
    history: History
    curves: Mapping[str, CoverageCurve]
    """``leaf`` and ``parent``."""
    reliability: Reliability
    categories: tuple[CategoryRow, ...]
    """The most harmful first."""
    class_sizes: tuple[ClassSize, ...]
    matrices: Mapping[str, Matrix]
    """Of each of `LEVELS`."""
    confused: tuple[ConfusedPair, ...]
    """The most frequent first."""
    mistakes: tuple[Mistake, ...]
    """All, the most confident first."""
    corpus: str | None
    """Where the corpus file was, for pictures; not to be shown."""
    side: Side
    """A row per product."""


@dataclass(frozen=True)
class Difference:
    """How much better the second run is than the first in one measure."""

    value: float
    low: float
    high: float
    """Ends of the paired bootstrap's 95 % interval."""
    p: float
    """Two-sided; not corrected for how many pairs there are."""
    significant: bool
    """At 5 % after Holm's correction over all pairs of this report."""


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test on which products two runs get right."""

    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    p: float


@dataclass(frozen=True)
class Disagreement:
    """A product that one of two runs gets right and the other wrong."""

    id: str
    first_answer: str
    first_probability: float
    second_answer: str
    second_probability: float
    right: str
    """``first`` or ``second``."""


@dataclass(frozen=True)
class Comparison:
    """Two runs on the products that both answered."""

    first: str
    second: str
    """Names of the runs."""
    n: int
    differences: Mapping[str, Difference]
    """Measure → second minus first."""
    mcnemar: McNemar
    disagreements: tuple[Disagreement, ...]
    """Those with the widest gap in confidence first; `mcnemar` counts all of them."""


@dataclass(frozen=True)
class Spread:
    """A measure over runs that differ in their seed alone."""

    mean: float
    sd: float
    """With n - 1."""
    n: int


@dataclass(frozen=True)
class SeedGroup:
    """Runs that differ in ``train.seed`` alone."""

    runs: tuple[str, ...]
    measures: Mapping[str, Spread]


@dataclass(frozen=True)
class Summary:
    """Everything that a report shows."""

    title: str
    side: str
    """``test`` or ``val``."""
    n: int
    """Products of the side; the most that any run has."""
    classes: int
    marks: tuple[str, ...]
    """What every output must say first, in red: why numbers may not be held side by side."""
    notes: tuple[str, ...]
    """What a reader should know besides."""
    skipped: tuple[SkippedRun, ...]
    differing: tuple[str, ...]
    """Settings in which the runs differ."""
    runs: tuple[RunSummary, ...]
    comparisons: tuple[Comparison, ...]
    seed_groups: tuple[SeedGroup, ...]
    products: Mapping[str, ProductFacts]
    """By id: those that mistakes, confused pairs and disagreements name."""
