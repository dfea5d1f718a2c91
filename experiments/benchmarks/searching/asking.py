"""A process that answers queries and says how much memory it has; started by the benchmark."""

import json
import sys
from pathlib import Path

import numpy as np

from prodcat.search.index import VectorIndex
from prodcat.search.layout import VECTORS

K = 10


def main(folder: str, queries: str) -> None:
    """Answer queries; print this process's memory but for the vectors' file, in MB.

    And how much of it is of the index's other files.
    """
    with VectorIndex.open(folder) as index:
        for query in np.load(queries, allow_pickle=False):
            index.nearest(query, K)
        total = mapped = 0
        is_vectors = is_index = False
        for line in Path("/proc/self/smaps").read_text().splitlines():
            if "-" in line.split(" ", 1)[0]:
                is_vectors, is_index = line.endswith(VECTORS), "/data-" in line
            elif line.startswith("Rss:") and not is_vectors:
                total += int(line.split()[1])
                mapped += int(line.split()[1]) if is_index else 0
    print(json.dumps([total * 1024 / 1e6, mapped * 1024 / 1e6]))


if __name__ == "__main__":
    main(*sys.argv[1:])
