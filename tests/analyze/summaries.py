"""What a report says, drawn for tests of what shows it: no run is read for it."""

from collections import Counter, defaultdict

import numpy as np

from prodcat.analyze.findings.summary import (
    CategoryRow,
    ClassSize,
    Comparison,
    ConfusedPair,
    CoverageCurve,
    Difference,
    Disagreement,
    Group,
    Matrix,
    McNemar,
    Mistake,
    ProductFacts,
    Reliability,
    ReliabilityBin,
    RunSummary,
    SeedGroup,
    Spread,
    Summary,
    ThresholdPoint,
)
from prodcat.measures.interval import Interval
from prodcat.measures.measure import SetMeasures
from prodcat.measures.names import MEASURES
from prodcat.runs.history import History
from prodcat.runs.reading import SkippedRun
from prodcat.runs.records import Cost, Selection, TrainingFacts
from prodcat.runs.side import Side
from prodcat.taxonomy.paths import join_path

HOSTILE = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"
"""As a name, it must stay text."""


def tree(tops=3, middles=2, leaves=3):
    """Paths of the leaves of a tree, in its order."""
    return tuple(
        join_path((f"Top {chr(65 + a)}", f"Middle {a}{b}", f"Leaf {a}{b}{c}"))
        for a in range(tops)
        for b in range(middles)
        for c in range(leaves)
    )


def above(path, level):
    """The path's category at a level of the report."""
    names = path.split(" > ")
    return {"leaf": path, "parent": " > ".join(names[:-1]), "top": names[0]}[level]


def draw_summary(*, runs=3, n=240, shape=(3, 2, 3), hostile=True, **changes):
    """Draw a report of some runs, the first the worst.

    Args:
        runs: How many.
        n: Products.
        shape: Tops of the tree, categories below each, leaves below each of them.
        hostile: Some names try to be HTML, and some things are missing.
        changes: Fields of the summary that are to be otherwise.
    """
    rng = np.random.default_rng(0)
    paths = tree(*shape)
    labels = np.sort(rng.integers(len(paths), size=n))
    answers = [_answers(rng, labels, len(paths), 0.3 - 0.2 * i / runs) for i in range(runs)]
    names = [f"run-{i}" for i in range(runs)]
    ids = [f"shop:{i}" for i in range(n)]
    products = {
        id: ProductFacts(id, f"Product {i} in blue", paths[labels[i]], f"{i % 40:064x}")
        for i, id in enumerate(ids)
    }
    if hostile:
        names[0] = HOSTILE
        for i, id in enumerate(ids[::3]):
            products[id] = ProductFacts(id, HOSTILE if i % 2 else None, products[id].label, None)
    fields = {
        "title": f"{runs} runs",
        "side": "test",
        "n": n,
        "classes": len(paths),
        "marks": (f"Runs on different splits: {HOSTILE}",) if hostile else (),
        "notes": ("Thresholds are chosen on validation.",),
        "skipped": (SkippedRun("runs/broken", f"metrics.json is no JSON: {HOSTILE}"),)
        if hostile
        else (),
        "differing": ("train.lr", "model.fusion"),
        "runs": tuple(
            _run(rng, i, names[i], paths, labels, answers[i], ids, last=i == runs - 1)
            for i in range(runs)
        ),
        "comparisons": tuple(
            _comparison(names, a, b, paths, labels, answers, ids)
            for a in range(runs)
            for b in range(a + 1, runs)
        ),
        "seed_groups": (SeedGroup(tuple(names[1:3]), {"accuracy": Spread(0.9, 0.004, 2)}),)
        if runs > 2
        else (),
        "products": products,
    }
    return Summary(**(fields | changes))


def _answers(rng, labels, classes, error):
    wrong = rng.random(len(labels)) < error
    near = np.clip(labels + rng.integers(-4, 5, len(labels)), 0, classes - 1)
    return np.where(wrong, near, labels)


def _interval(value):
    return Interval(value, max(0.0, value - 0.02), min(1.0, value + 0.015))


def _bins(gap):
    return tuple(
        ReliabilityBin(48, sure, sure - gap, sure - gap - 0.08, min(1, sure - gap + 0.05))
        for sure in (0.55, 0.75, 0.9, 0.97, 0.995)
    )


def _run(rng, i, name, paths, labels, answers, ids, *, last):
    n, right = len(labels), labels == answers
    accuracy = float(right.mean())
    sure = rng.beta(8, 1, n)
    order = np.argsort(-sure, kind="stable")
    coverage = np.arange(1, n + 1) / n
    reached = np.cumsum(right[order]) / np.arange(1, n + 1)
    wrong = sorted(np.flatnonzero(~right).tolist(), key=lambda row: -sure[row])
    pairs = defaultdict(list)
    for row in wrong:
        pairs[labels[row], answers[row]].append(row)
    confused = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    measures = {m: _interval(accuracy) for m in MEASURES}
    measures["coverage_at_98"] = Interval()
    epochs = 0 if last else 4
    columns = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "val_macro_f1")
    return RunSummary(
        name=name,
        n=n,
        classes=len(paths),
        reads=("name", "image"),
        measures=measures,
        selections=tuple(
            Selection(part, SetMeasures(n, intervals={"accuracy": _interval(accuracy - 0.1 * k)}))
            for k, part in enumerate(("everything", "name only", "image only", "no image"))
        ),
        settings={"train.lr": f"0.00{i}", "model.fusion": "gated", "train.seed": str(i)},
        facts={"device": "cpu", "commit": "abc1234"},
        training=TrainingFacts() if last else TrainingFacts(4, 3, 4145.7 / (i + 1)),
        cost=Cost()
        if last
        else Cost(one_product_ms=7.9, products_per_s=250.0, model_bytes=33_612_345 * (i + 1)),
        best_in=("accuracy",) if last else (),
        warnings=("Its thresholds do not hold on its own validation products.",) if last else (),
        history=History(
            tuple(range(1, epochs + 1)),
            {c: tuple(0.5 + 0.1 * e + 0.01 * i for e in range(epochs)) for c in columns},
        ),
        curves={
            level: CoverageCurve(
                n,
                tuple(coverage.tolist()),
                tuple((1 - (1 - reached) * (0.5 if level == "parent" else 1)).tolist()),
                (ThresholdPoint(0.95, 0.8, 0.956), ThresholdPoint(0.98, 0.0, None)),
            )
            for level in ("leaf", "parent")
        },
        reliability=Reliability(before=_bins(0.1), after=_bins(0.01)),
        categories=_categories(paths, labels, answers),
        class_sizes=tuple(
            ClassSize(low, high, 4, n // 4, _interval(accuracy - 0.05 * (3 - k)))
            for k, (low, high) in enumerate(((3, 9), (10, 29), (30, 99), (300, None)))
        ),
        matrices={level: _matrix(paths, labels, answers, level) for level in MATRIX_LEVELS},
        confused=tuple(
            ConfusedPair(
                paths[label], paths[answer], len(rows), 9, tuple(ids[row] for row in rows[:4])
            )
            for (label, answer), rows in confused
        ),
        mistakes=tuple(
            Mistake(ids[row], paths[answers[row]], float(sure[row]), 0.1 if row % 2 else None)
            for row in wrong
        ),
        corpus=None,
        side=_side(paths, labels, answers, sure, ids),
    )


MATRIX_LEVELS = ("leaf", "parent", "top")


def _categories(paths, labels, answers):
    rows = []
    for leaf, path in enumerate(paths):
        n, answered = int((labels == leaf).sum()), int((answers == leaf).sum())
        hit = int(((labels == leaf) & (answers == leaf)).sum())
        missed = Counter(answers[(labels == leaf) & (answers != leaf)].tolist()).most_common(1)
        f1 = 2 * hit / (n + answered) if n + answered else None
        precision, recall = hit / answered if answered else None, hit / n if n else None
        rows.append(
            CategoryRow(path, n, answered, 10 * leaf, precision, recall, f1, n + answered - 2 * hit,
                        paths[missed[0][0]] if missed else "")
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: -row.harm))


def _matrix(paths, labels, answers, level):
    names = list(dict.fromkeys(above(path, level) for path in paths))
    at = [names.index(above(path, level)) for path in paths]
    cells = Counter((at[a], at[b]) for a, b in zip(labels, answers, strict=True))
    groups = []
    for depth in range(1, names[0].count(" > ") + 1):
        held = [" > ".join(name.split(" > ")[:depth]) for name in names]
        for path in dict.fromkeys(held):
            start = held.index(path)
            groups.append(Group(path, depth, start, start + held.count(path)))
    return Matrix(
        tuple(names), tuple((a, b, n) for (a, b), n in sorted(cells.items())), tuple(groups)
    )


def _comparison(names, a, b, paths, labels, answers, ids):
    first, second = answers[a] == labels, answers[b] == labels
    gain = float(second.mean() - first.mean())
    difference = Difference(gain, gain - 0.03, gain + 0.03, 0.03, b - a > 1)
    rows = np.flatnonzero(first != second).tolist()
    return Comparison(
        names[a],
        names[b],
        len(labels),
        dict.fromkeys(("accuracy", "macro_f1", "coverage_at_95", "coverage_at_98"), difference),
        McNemar(
            int((first & second).sum()),
            int((first & ~second).sum()),
            int((second & ~first).sum()),
            int((~first & ~second).sum()),
            0.0004,
        ),
        tuple(
            Disagreement(
                ids[row],
                paths[answers[a][row]],
                0.9,
                paths[answers[b][row]],
                0.7,
                "first" if first[row] else "second",
            )
            for row in rows
        ),
    )


def _side(paths, labels, answers, sure, ids):
    n = len(labels)
    top = np.full((n, 5), -1)
    top[:, 0] = answers
    probability = np.zeros((n, 5))
    probability[:, 0] = sure
    return Side(
        paths=paths,
        ids=tuple(ids),
        labels=labels,
        leaves=labels,
        top=top,
        top_probability=probability,
        probability=sure,
        raw_probability=sure,
        thresholds={0.95: np.full(n, 0.8), 0.98: np.full(n, np.inf)},
        answers=tuple(paths[answer] for answer in answers),
        names=(None,) * n,
        image_sha256=(None,) * n,
        has={part: np.ones(n, dtype=bool) for part in ("name", "description", "image")},
    )
