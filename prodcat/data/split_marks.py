"""What a shop's own split column calls its sides."""

from collections import Counter
from collections.abc import Sequence

from prodcat.errors import CorpusError
from prodcat.wording import shorten

MARKS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), "val"),
    **dict.fromkeys(("test", "testing", "holdout", "hold-out"), "test"),
}
"""Mark, in small letters → side; spaces, hyphens and underscores in it do not matter."""
EVALUATION = ("eval", "evaluation")
"""The validation side where no other mark is, else the test side."""
ACCEPTED = (*MARKS, *EVALUATION)
SHOWN = 5
VALUE_LENGTH = 40


def read_marks(marks: Sequence[str]) -> list[str]:
    """Return the side of each mark; empty where there is none.

    >>> read_marks(["Train", "Hold-out", "eval", ""])
    ['train', 'test', 'val', '']
    >>> read_marks(["train", "dev", "eval"])
    ['train', 'val', 'test']

    Raises:
        CorpusError: If a mark stands for no side.
    """
    plain = [_plain(mark) for mark in marks]
    known = {_plain(mark): side for mark, side in MARKS.items()}
    has_val = any(known.get(mark) == "val" for mark in plain)
    known |= dict.fromkeys(EVALUATION, "test" if has_val else "val")
    unknown = Counter(
        mark.strip()
        for mark, word in zip(marks, plain, strict=True)
        if mark.strip() and word not in known
    )
    if unknown:
        commonest = unknown.most_common(SHOWN)
        listed = ", ".join(f"{shorten(mark, VALUE_LENGTH)!r} ({n:,})" for mark, n in commonest)
        more = f" and {len(unknown) - SHOWN:,} others" if len(unknown) > SHOWN else ""
        raise CorpusError(
            f"The split column has values that are no side: {listed}{more}. It may say"
            f" {', '.join(ACCEPTED)}, or nothing. Mend the column, or set data.split=grouped to"
            " have a split made instead."
        )
    return [known.get(word, "") for word in plain]


def _plain(mark: str) -> str:
    return "".join(c for c in mark.lower() if c not in "-_" and not c.isspace())
