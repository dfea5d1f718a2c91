"""A process that answers queries and says how much memory it has; started by the benchmark."""

import json
import sys
from pathlib import Path

import numpy as np

from prodcat.search.index import VectorIndex
from prodcat.search.layout import CODES, RESTS

K = 10


def main(folder: str, queries: str) -> None:
    """Answer queries; print the memory of this process in MB, by what it is.

    ``beyond`` is all but the two files of the vectors, of which ``codes`` and ``rests`` are the
    pages that were read.
    """
    kilobytes = {"beyond": 0, "codes": 0, "rests": 0}
    with VectorIndex.open(folder) as index:
        for query in np.load(queries, allow_pickle=False):
            index.nearest(query, K)
        part = "beyond"
        for line in Path("/proc/self/smaps").read_text().splitlines():
            if "-" in line.split(" ", 1)[0]:
                names = {CODES: "codes", RESTS: "rests"}
                part = names.get(line.rsplit("/", 1)[-1], "beyond")
            elif line.startswith("Rss:"):
                kilobytes[part] += int(line.split()[1])
    print(json.dumps({part: size * 1024 / 1e6 for part, size in kilobytes.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
