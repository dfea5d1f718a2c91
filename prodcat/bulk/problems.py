"""Why rows could not be read, or not all of them: one reason for each kind, not for each text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from prodcat.wording import clean

FIRST_ROWS = 5
"""Numbers of rows that are told for a reason."""
EXAMPLE_CHARS = 200

FETCHING = (
    *("not found", "not a picture", "not allowed", "refused by robots.txt", "too large"),
    *("private address", "no web address", "took too long", "host is down"),
)
"""What becomes of the addresses of pictures, as the crawler says it."""

KINDS: tuple[tuple[str, str], ...] = (
    (r"cannot be read: (No such file|The system cannot find)", "picture file missing"),
    (r"picture lies outside the image folder", "picture outside the picture folder"),
    (r"picture is a web address", "picture is a web address, which is not fetched"),
    *(
        (f"picture could not be fetched: {outcome}", f"picture not fetched: {outcome}")
        for outcome in FETCHING
    ),
    (
        f"picture could not be fetched: (?!{'|'.join(FETCHING)})",
        "picture not fetched: host or connection failed",
    ),
    (r"no image folder is named", "picture is a path, and no picture folder is named"),
    (r"picture has an impossible path", "picture with an impossible path"),
    (r"picture is neither bytes nor a path", "picture that is neither bytes nor a path"),
    (r"picture is no base64", "picture in letters that are no base64"),
    (r"is not a picture that can be read", "picture of a kind that cannot be read"),
    (
        r"at most [\d,]+ are allowed|more pixels than are allowed|picture is over [\d,]+ bytes",
        "picture too large",
    ),
    (r"(?<!JSON) is empty\.", "picture empty"),
    (r"\S is broken: ", "picture broken"),
    (r"is not a regular file", "picture is no regular file"),
    (r"floating-point pixels|expected uint8 of shape", "picture of pixels that cannot be read"),
    (r"Nothing to categorize: there is no letter", "no letter or digit in the texts"),
    (r"Nothing to categorize: give at least one", "nothing given: no name, description, picture"),
    (r"This model reads (no pictures|pictures only)", "nothing given that the model reads"),
    (r"text that is not UTF-8", "text that is not UTF-8"),
    (r"once read in a wrong encoding", "text once read in a wrong encoding, mended"),
    (r"fewer cells than columns", "fewer cells than columns"),
    (r"[\d,]+ cells under [\d,]+ column names", "more cells than columns"),
    (r"a quote is not closed", "a quote that is not closed"),
    (r"no readable line of CSV", "line that is no readable CSV"),
    (r"no readable JSON", "line that is no readable JSON"),
    (r"no JSON object but", "line that is no JSON object"),
    (r"a line of more than [\d,]+ characters", "line too long"),
    (r"\b(name|description) is no text|must be text, not", "name or description that is no text"),
    (r"lists within lists", "lists within lists, too deep to read"),
    (r"\S+ cannot be read: ", "picture file that cannot be read"),
)
"""What an error says → the reason to count it by; of several that fit a text, all count."""
PATTERNS = tuple((re.compile(pattern), reason) for pattern, reason in KINDS)
ANY_READING = KINDS[-1][1]
# What differs from row to row in a message that is not listed: paths, quoted texts, numbers.
PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|\S*[/\\]\S*|\d[\d,.]*")


@dataclass
class Problem:
    """Rows that have one thing wrong with them."""

    reason: str
    count: int = 0
    answered: int = 0
    """Those of them that got an answer all the same, from what else they have."""
    rows: tuple[int, ...] = ()
    """Numbers of the first ones; the first row of the input is 1."""
    example: str = ""
    """What is wrong with the first."""

    def add(self, row: int, error: str, *, answered: bool) -> None:
        """Count one more row."""
        if not self.count:
            self.example = clean(error, EXAMPLE_CHARS)
        self.count += 1
        self.answered += answered
        self.rows = (*self.rows, row)[:FIRST_ROWS]


def reasons_of(error: str) -> list[str]:
    """Return what kinds of things are wrong with a row.

    >>> reasons_of("/shop/7.jpg cannot be read: No such file or directory.")
    ['picture file missing']
    >>> reasons_of("a quote is not closed; text that is not UTF-8")
    ['text that is not UTF-8', 'a quote that is not closed']
    >>> reasons_of("sheet 3 holds 'x' in /shop/a.ods")
    ['sheet … holds … in …']
    """
    reasons = [reason for pattern, reason in PATTERNS if pattern.search(error)]
    if len(reasons) > 1 and reasons[-1] == ANY_READING:
        # The last fits a file that is missing, too.
        reasons.pop()
    return list(dict.fromkeys(reasons)) or [clean(PARTICULARS.sub("…", error))]


def sorted_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the most frequent first."""
    return tuple(sorted(problems, key=lambda problem: (-problem.count, problem.reason)))
