r"""What looks wrong and was not made wrong: the first false alarms, to be looked at by a person.

    python -m experiments.false_alarms fashion.parquet --vectors vectors/ --out build/alarms

Wrong labels are put into `fashion.parquet` as `experiments.wrong_labels` does, and found out of
fold. Of those that come first and were not exchanged, `alarms.html` shows the picture, the name,
the label and what is likelier, and `alarms.csv` has a column for what a person sees.
"""

import argparse
import csv
import io
from base64 import b64encode
from html import escape
from pathlib import Path

import numpy as np

from experiments.noise.kinds import make_wrong
from experiments.wrong_labels import LEVELS, Products, judge
from prodcat.errors import require
from prodcat.files import write_text

FIELDS = ("place", "id", "label", "likelier", "seen")


def main() -> None:
    """Find them, and write both files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--kind", choices=("sibling", "uniform"), default="sibling")
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--out", type=Path, required=True, help="folder of both files")
    options = parser.parse_args()
    products = Products(options.table, options.vectors)
    labels, is_wrong = make_wrong(
        *(products.labels, products.common), kind=options.kind, rate=options.rate, seed=options.seed
    )
    logs = products.answer(labels, None, options.seed)
    judged = judge(products, labels, logs, options.seed)
    order = np.argsort(-judged.scores, kind="stable")
    alarms = order[~is_wrong[order]][: options.first]
    rows = require("pyarrow.parquet", extra="bulk").read_table(
        options.table, columns=["id", "name", "image", *LEVELS]
    )
    paths = {
        int(label): " > ".join(str(rows[level][int(products.kept[place])]) for level in LEVELS)
        for label, place in zip(*np.unique(products.labels, return_index=True), strict=True)
    }
    table, cards = io.StringIO(), []
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(FIELDS)
    for number, alarm in enumerate(alarms.tolist(), start=1):
        row = int(products.kept[alarm])
        found = {name: rows[name][row].as_py() for name in ("id", "name", "image")}
        label, likelier = paths[int(labels[alarm])], paths[int(judged.others[alarm])]
        place = int(np.flatnonzero(order == alarm)[0]) + 1
        writer.writerow([place, found["id"], label, likelier, ""])
        picture = b64encode(found["image"] or b"").decode()
        cards.append(
            f'<figure><img src="data:image/jpeg;base64,{picture}" width="90" alt="">'
            f"<figcaption>{number} ({place}). <b>{escape(found['name'] or '')}</b><br>"
            f"{escape(label)}<br><i>{escape(likelier)}</i></figcaption></figure>"
        )
    options.out.mkdir(parents=True, exist_ok=True)
    write_text(options.out / "alarms.csv", table.getvalue())
    style = "figure{display:inline-block;width:230px;margin:4px;font:11px sans-serif}"
    page = f'<!doctype html><meta charset="utf-8"><style>{style}</style>{"".join(cards)}'
    write_text(options.out / "alarms.html", page)


if __name__ == "__main__":
    main()
