"""What the rows of a finished file come to: how many pass, how many need a person, and why."""

from dataclasses import asdict, dataclass, field
from typing import Any

from prodcat.bulk.problems import Problem, reasons_of, sorted_problems
from prodcat.product import FOREIGN, UNREAD, UNSURE

REASONS = (UNSURE, FOREIGN, UNREAD)
MAX_PROBLEMS = 100
"""Kinds of problems that are told apart, as a table may have errors without end."""
OTHER = "something else"


@dataclass(frozen=True)
class AnswerCounts:
    """What the rows of a finished file hold."""

    rows: int = 0
    answered: int = 0
    errors: int = 0
    """Rows of which at least one part could not be read."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Why a row has no answer → how many."""
    problems: tuple[Problem, ...] = ()
    """What could not be read, the most frequent first; a row may have several."""

    @property
    def abstained(self) -> int:
        """Rows without an answer, those that could not be read included."""
        return self.rows - self.answered

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "rows": self.rows,
            "answered": self.answered,
            "abstained": self.abstained,
            "reasons": self.reasons,
            "errors": self.errors,
            "problems": [asdict(problem) for problem in self.problems],
        }


class Counter:
    """Counts the rows of OUT while they are written."""

    def __init__(self) -> None:
        self._rows = self._answered = self._errors = 0
        self._reasons = dict.fromkeys(REASONS, 0)
        self._problems: dict[str, Problem] = {}

    def add(self, first: int, answers: Any) -> None:
        """Count more rows.

        Args:
            first: Number of the first.
            answers: An Arrow table with our columns.
        """
        abstained = answers["abstained"].to_pylist()
        self._rows += len(abstained)
        self._answered += len(abstained) - sum(abstained)
        for reason in answers["reason"].to_pylist():
            if reason is not None:
                self._reasons[reason] = self._reasons.get(reason, 0) + 1
        for place, error in enumerate(answers["error"].to_pylist()):
            if error is None:
                continue
            self._errors += 1
            for kind in reasons_of(error):
                if kind not in self._problems and len(self._problems) >= MAX_PROBLEMS:
                    kind = OTHER
                problem = self._problems.setdefault(kind, Problem(kind))
                problem.add(first + place, error, answered=not abstained[place])

    def counts(self) -> AnswerCounts:
        """Return what was counted so far."""
        return AnswerCounts(
            self._rows,
            self._answered,
            self._errors,
            dict(self._reasons),
            sorted_problems(self._problems.values()),
        )
