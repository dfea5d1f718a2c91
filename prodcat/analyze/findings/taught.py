"""What a run's measures say of products whose categories were not taught."""

from prodcat.runs.reading import Run

MANY = 0.02
"""Share of a side's products from which on it is told in red."""


def taught_facts(run: Run, side: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what to say of it among the facts of a run, and among its warnings.

    Args:
        run: The run.
        side: The one that is reported, ``val`` or ``test``.
    """
    # Not the same as none: a run of today says so where it taught every category.
    if run.metrics.data.untaught is None:
        older = "products of taught categories alone, as runs did before format 3"
        return {"measured on": older}, ()
    rows = run.predictions.side(side)
    others = int((~rows.taught).sum())
    facts = {"measured on": "all labelled products"}
    if not others:
        return facts, ()
    pooled = int((~rows.taught & (rows.leaves >= 0)).sum())
    wording = (
        f"{others:,} of {len(rows):,} products ({others / len(rows):.1%}) are of categories with"
        f" too few training products; {pooled:,} of them are answered with a category above. All"
        " of them count."
    )
    selections = run.metrics.selections(side)
    if selections and (taught := selections[0].taught) is not None:
        accuracy = taught.intervals["accuracy"].value
        wording += f" Over the taught categories alone accuracy is {accuracy or 0:.1%}."
    if others > MANY * len(rows):
        return facts, (wording,)
    return {**facts, "not taught": wording}, ()
