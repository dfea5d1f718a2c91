"""What a shop's own split column calls its sides."""

from collections import Counter
from collections.abc import Sequence

from prodcat.errors import CorpusError

MARKS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), "val"),
    **dict.fromkeys(("test", "testing", "holdout"), "test"),
}
"""Mark, in small letters and without blanks and hyphens → side."""
EVALUATION = ("eval", "evaluation")
"""The validation side where no other mark is, else the test side."""
SHOWN = 5


def read_marks(marks: Sequence[str]) -> list[str]:
    """Return the side of each mark; empty where there is none.

    >>> read_marks(["Train", "Hold-out", "eval", ""])
    ['train', 'test', 'val', '']
    >>> read_marks(["train", "dev", "eval"])
    ['train', 'val', 'test']

    Raises:
        CorpusError: If a mark stands for no side.
    """
    plain = ["".join(c for c in mark.lower() if c not in " -_") for mark in marks]
    known = dict(MARKS)
    has_val = any(MARKS.get(mark) == "val" for mark in plain)
    known |= dict.fromkeys(EVALUATION, "test" if has_val else "val")
    unknown = Counter(
        mark.strip() for mark, word in zip(marks, plain, strict=True) if word and word not in known
    )
    if unknown:
        listed = ", ".join(f"{mark!r} ({n:,})" for mark, n in unknown.most_common(SHOWN))
        more = f" and {len(unknown) - SHOWN:,} others" if len(unknown) > SHOWN else ""
        raise CorpusError(
            f"The split column has values that are no side: {listed}{more}. It may say train,"
            " val, valid, validation, dev, test, holdout or eval, or nothing. Set"
            " data.split=grouped to have a split made instead."
        )
    return [known.get(word, "") for word in plain]
