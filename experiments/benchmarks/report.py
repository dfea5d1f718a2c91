"""What the report of ten runs over 4,000 products takes: time, memory and size.

    python -m experiments.benchmarks.report --json report.json

The runs are drawn: 221 categories of very different sizes in a tree of four levels, pictures
of 300 × 400 pixels, models from poor to good whose mistakes mostly stay near in the tree.
The report is made twice, each time by a process of its own, and must have the same bytes.
"""

import argparse
import hashlib
import io
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table

from prodcat.files import write_json
from prodcat.inputs.image_store import ImageStore
from tests.analyze.run_files import Answered, write_run

REPOSITORY = Path(__file__).resolve().parents[2]
LIMITS = {"seconds": 60.0, "memory_mb": 2000.0, "page_mb": 15.0}
"""What the project promises."""
SHAPE = (5, 7, 3, 3)
CLASSES = 221
PICTURES = 1500
CODE = "import sys; from prodcat.analyze import report; report([sys.argv[1]], sys.argv[2])"


def main() -> None:
    """Draw the runs, report them twice, and tell what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--products", type=int, default=4000, help="on each side of a run")
    parser.add_argument("--keep", type=Path, help="folder for the runs and reports")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.keep or Path(folder)
        if not (root / "runs").is_dir():
            draw_runs(root, runs=options.runs, products=options.products)
        facts = [make_report(root / "runs", root / f"report-{i}") for i in (1, 2)]
    measured = facts[0] | {
        "same_bytes": facts[0]["digest"] == facts[1]["digest"],
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, Python {sys.version.split()[0]}",
    }
    Console().print(table(measured))
    if options.json:
        write_json(options.json, measured, indent=1)


DrawnProducts = tuple[
    NDArray[np.int64], list[str | None], list[str], list[str], NDArray[np.float64]
]
"""Labels, pictures, names and ids of a side's products, and how hard each is, from 0 to 1."""


def draw_runs(root: Path, *, runs: int, products: int) -> None:
    """Write run directories and the pictures beside the corpus that they name."""
    rng = np.random.default_rng(0)
    hashes = draw_pictures(ImageStore(root / "images"), rng)
    paths = draw_tree()
    share = 1 / np.arange(3, 3 + CLASSES)
    share = rng.permutation(share / share.sum())
    sides = {}
    for side in ("val", "test"):
        labels = rng.choice(CLASSES, size=products, p=share)
        pictures = [hashes[i % PICTURES] if i % 11 else None for i in range(products)]
        names = [f"Brand {i % 97} {paths[leaf].split(' > ')[-1]}" for i, leaf in enumerate(labels)]
        ids = [f"shop:{side}-{i}" for i in range(products)]
        sides[side] = labels, pictures, names, ids, rng.random(products)
    for run in range(runs):
        answered = {
            side: draw_answers(np.random.default_rng([run, len(side)]), given, 0.25 - 0.02 * run)
            for side, given in sides.items()
        }
        epochs = range(1, 6)
        write_run(
            root / "runs" / f"model_{run}",
            test=answered["test"],
            val=answered["val"],
            paths=paths,
            config={"model": {"fusion": "gated"}, "train": {"lr": 0.001 * (run + 1), "seed": 0}},
            corpus=str(root / "corpus.db"),
            history=[
                {"epoch": e, "train_loss": 2 / e, "val_loss": 2.1 / e, "val_macro_f1": 1 - 0.6 / e}
                for e in epochs
            ],
            bootstrap=100,
        )


def draw_tree() -> list[str]:
    """Name the leaves of a tree of four levels, in its order."""
    a, b, c, d = SHAPE
    names = [
        f"Section {i} > Department {i}{j} > Group {i}{j}{k} > Category {i}{j}{k}{m}"
        for i in range(a)
        for j in range(b)
        for k in range(c)
        for m in range(d)
    ]
    return names[:CLASSES]


def draw_answers(rng: np.random.Generator, products: DrawnProducts, error: float) -> Answered:
    """Answer as a model would that is wrong on that share, mostly on the same hard products."""
    labels, pictures, names, ids, hard = products
    n = len(labels)
    wrong = 0.7 * hard + 0.3 * rng.random(n) > 1 - error
    near = np.clip(labels + rng.integers(-6, 7, n), 0, CLASSES - 1)
    far = rng.integers(0, CLASSES, n)
    best = np.where(wrong, np.where(rng.random(n) < 0.8, near, far), labels)
    logits = rng.gumbel(size=(n, CLASSES))
    logits[np.arange(n), best] += np.where(wrong, rng.uniform(7, 12, n), rng.uniform(8, 16, n))
    probs = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    raw = probs**1.5
    raw /= raw.sum(axis=1, keepdims=True)
    return Answered(probs, labels, ids=ids, raw=raw, names=names, pictures=pictures)


def draw_pictures(store: ImageStore, rng: np.random.Generator) -> list[str]:
    """Keep pictures with as much detail as photographs have, and return their hashes."""
    hashes = []
    for _ in range(PICTURES):
        coarse = rng.integers(0, 256, (16, 12, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((300, 400), Image.Resampling.BICUBIC)
        grain = rng.integers(-12, 13, (400, 300, 1))
        pixels = np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "JPEG", quality=80)
        hashes.append(store.put(out.getvalue()))
    return hashes


def make_report(runs: Path, out: Path) -> dict[str, float | str]:
    """Report in a process of its own, and return what it took."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", CODE, str(runs), str(out)], cwd=REPOSITORY, check=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    files = sorted(path for path in out.rglob("*") if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    megabytes = {path.suffix: path.stat().st_size / 1e6 for path in out.glob("report.*")}
    return {
        "seconds": seconds,
        # What it takes where nothing else runs.
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        # The largest of all children so far: of the two reports, the larger.
        "memory_mb": after.ru_maxrss / 1000,
        "page_mb": megabytes[".html"],
        "workbook_mb": megabytes[".xlsx"],
        "digest": digest,
    }


def table(measured: dict[str, float | str | bool]) -> Table:
    """Hold what was measured against what is promised."""
    shown = Table(title=str(measured["machine"]))
    for heading in ("", "measured", "promised"):
        shown.add_column(heading, justify="right" if heading else "left")
    for name, unit in (("seconds", "s"), ("memory_mb", "MB"), ("page_mb", "MB")):
        shown.add_row(name, f"{measured[name]:.1f} {unit}", f"< {LIMITS[name]:.0f} {unit}")
    shown.add_row("cpu_seconds", f"{measured['cpu_seconds']:.1f} s", "")
    shown.add_row("workbook_mb", f"{measured['workbook_mb']:.1f} MB", "")
    shown.add_row("same bytes twice", str(measured["same_bytes"]), "True")
    return shown


if __name__ == "__main__":
    main()
