"""Inputs that nobody would write: ``python -m tests.fuzz KIND --minutes N``."""

import random
import sys
import tempfile
from itertools import count
from pathlib import Path

import click

from tests.fuzz.fuzzing import FINDINGS, Outcome, fuzz
from tests.fuzz.kind import KINDS, load_kind, make_input


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("--minutes", type=float, default=10.0, show_default=True, help="For how long.")
@click.option("--seed", type=int, help="Of the first input; drawn if not given.")
@click.option("--again", type=int, help="Run the one input of this seed here, traceback and all.")
def main(kind: str, minutes: float, seed: int | None, again: int | None) -> None:
    """Give made-up and mutated inputs of KIND to the program.

    Each may be taken, or refused with an error of ours; a traceback, a hang of over 20 seconds
    and over 2 GB of memory are findings. Their inputs are kept in build/fuzz.

    \b
    python -m tests.fuzz http --minutes 10
    """
    if again is not None:
        with tempfile.TemporaryDirectory() as folder:
            loaded = load_kind(KINDS[kind])
            make_input(loaded, again, Path(folder) / "input")
            loaded.run(Path(folder) / "input")
        return
    first = random.randrange(10**9) if seed is None else seed
    click.echo(f"{kind}, {minutes:g} minutes, from seed {first}")
    outcome, told = Outcome(), 0
    for outcome in fuzz(KINDS[kind], count(first), minutes=minutes, keep=FINDINGS / kind):
        for finding in outcome.findings[told:]:
            click.echo(f"{finding.outcome} {finding.place}: seed {finding.seed}, {finding.folder}")
            click.echo(finding.message)
        told = len(outcome.findings)
    inputs = ", ".join(f"{number:,} {name}" for name, number in outcome.counts.most_common())
    slowest = f"slowest {outcome.slowest_s:.1f} s (seed {outcome.slowest_seed})"
    click.echo(f"{inputs}; {slowest}, {outcome.most_bytes / 1e6:,.0f} MB")
    sys.exit(bool(outcome.findings))


if __name__ == "__main__":
    main()
