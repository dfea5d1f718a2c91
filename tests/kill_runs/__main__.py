"""Work that is killed at each place that writes: ``python -m tests.kill_runs KIND``."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from tests.kill_runs.killing import KillRuns, counted
from tests.kill_runs.kind import KINDS, load_kind


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("--moments", default=20, show_default=True, help="Kills at random moments.")
@click.option("--most", type=int, help="Kills at places at most; else at each of them.")
@click.option("--seed", default=0, show_default=True, help="Another one draws other moments.")
@click.option("--keep", type=Path, help="A folder to keep what did not end equal.")
def main(kind: str, moments: int, most: int | None, seed: int, keep: Path | None) -> None:
    """Kill a work of KIND wherever it writes, go on with it, and hold its end against another's.

    It is done once undisturbed, which counts the places. Then it is done anew for each of them,
    killed there with SIGKILL before it writes, and where a file is written also in the midst of
    it; and so at random moments. The same command then has to come to the same end, with the same
    files, and without a process that is left.

    \b
    python -m tests.kill_runs import
    """
    loaded = load_kind(KINDS[kind])
    with ExitStack() as stack:
        if keep is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        else:
            (folder := keep / kind).mkdir(parents=True)
        runs = KillRuns(loaded, folder)
        with loaded.around(runs.inputs):
            runs.prepare()
            runs.undisturbed()
            click.echo(f"{kind}, {runs.seconds:.1f} s, {counted(runs.places)}")
            kills = runs.at_places(most) + runs.at_moments(moments, seed)
            killed = problems = 0
            for done in runs.killed(kills):
                killed += done.is_killed
                problems += bool(done.problem)
                if done.problem:
                    place = runs.places[done.kill.number - 1] if done.kill.number else ""
                    click.echo(f"{done.kill} {place}: {done.problem} ({done.folder})")
    click.echo(f"{len(kills)} runs, {killed} of them killed, {problems} did not end equal")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
