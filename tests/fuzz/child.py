"""The process in which inputs run: ``python -m tests.fuzz.child MODULE``.

It reads lines of a seed and a folder, and answers each with two lines: that it begins with the
input, and what came of it. It ends with its parent, whatever it is doing.
"""

import json
import os
import queue
import sys
import threading
import traceback
from pathlib import Path

from prodcat.errors import ProdcatError
from tests.fuzz.kind import Kind, load_kind, make_input


def answer(kind: Kind, seed: int, folder: Path) -> dict[str, str]:
    """Run one input; tell how it ended."""
    try:
        kind.run(folder)
    except ProdcatError as error:
        return {"outcome": "refused", "message": f"{type(error).__name__}: {error}"}
    # Whatever it is: all that is no error of ours is a finding.
    except BaseException as error:
        lines = traceback.format_exc()
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {last.filename}:{last.lineno}"
        return {"outcome": "traceback", "message": lines, "place": place}
    return {"outcome": "taken"}


def main(module: str) -> None:
    """Answer until the parent has no more, or is no more."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # What the code under test prints is none of the answers.
    os.dup2(2, 1)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line)
        # Without a parent nobody would end what hangs.
        os._exit(0)

    kind = load_kind(module)
    threading.Thread(target=listen, daemon=True).start()
    while True:
        seed, _, folder = lines.get().rstrip("\n").partition(" ")
        make_input(kind, int(seed), Path(folder))
        print(json.dumps({"outcome": "begun"}), file=answers)
        print(json.dumps(answer(kind, int(seed), Path(folder))), file=answers)


if __name__ == "__main__":
    main(sys.argv[1])
