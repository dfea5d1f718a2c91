"""Run a sweep: many runs from one file, one after another or one on each GPU.

    python -m experiments.sweep experiments/baselines.yaml \\
        --corpus build/fashion.db --out runs/baselines

The same command goes on where a sweep was interrupted: finished runs are skipped.
"""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import os
import shlex
import signal
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from experiments.sweep.child import GRACE_S
from experiments.sweep.display import Screen, sweep_table
from experiments.sweep.jobs import Job, Machine
from experiments.sweep.plan import Sweep, read_sweep
from experiments.sweep.record import Record, locked
from experiments.sweep.runner import Options, Queue, Runner, Source
from experiments.sweep.runs import judge
from prodcat.corpus.store import Corpus
from prodcat.errors import ConfigError, ProdcatError
from prodcat.runs.directory import RunDir
from prodcat.screen import PATH, build_table, show

SHOWN_RUNS = 12
"""How many runs the command for a report names; the best ones, where there are more."""

PATIENCE_S = GRACE_S + 5
"""How long to wait for the runs of a sweep that was killed: they are being stopped."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=PATH)
@click.option("--corpus", type=PATH, required=True, help="The corpus's file.")
@click.option("--out", type=PATH, help="Folder of the runs.  [default: runs/ and FILE's name]")
@click.option("--gpus", metavar="0,1", help="GPUs, one run on each at a time.")
@click.option("--jobs", type=click.IntRange(min=1), help="Runs at the same time.  [default: 1]")
@click.option("--dry-run", is_flag=True, help="Only say what would be run.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of all runs that have it, such as train.max_epochs=1; repeatable.",
)
@click.option(
    "--weights",
    type=PATH,
    metavar="FOLDER",
    help="Where pretrained encoders lie, to take instead of those of the hubs.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Run only this one; repeatable.")
@click.option("--retry-failed", is_flag=True, help="Try failed runs again.")
def main(file: Path, corpus: Path, out: Path | None, **options: Any) -> None:
    """Run all that FILE lists, each as a process of its own, into folders of --out.

    Finished runs are skipped, interrupted ones go on, failed ones do not stop the others.

    \b
    python -m experiments.sweep experiments/baselines.yaml --corpus shop.db --out runs/baselines
    python -m experiments.sweep experiments/baselines.yaml --corpus shop.db --dry-run
    """
    try:
        machine = Machine(options["changes"], options["weights"])
        slots = plan_slots(options["gpus"], options["jobs"])
        sweep = read_sweep(file)
        with Corpus.open(corpus, read_only=True) as opened:
            fingerprint = opened.fingerprint()
        chosen = Options(
            out=out or Path("runs") / file.stem,
            corpus=corpus,
            corpus_fingerprint=fingerprint,
            slots=slots,
            retry_failed=options["retry_failed"],
        )
        jobs = pick(sweep.jobs(machine), options["only"])
        if options["dry_run"]:
            show_plan(sweep, jobs, chosen)
            return
        failed = run_sweep(sweep, jobs, machine, chosen)
    except ProdcatError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(1 if failed else 0)


def run_sweep(sweep: Sweep, jobs: Sequence[Job], machine: Machine, options: Options) -> bool:
    """Run a sweep, and tell what became of its runs; return whether any of them failed."""
    with locked(options.out, patience_s=PATIENCE_S) as lock, stopped_by_signals():
        record = Record(options.out / "sweep.json")
        options = replace(options, lock=lock)
        with Screen(sweep.search.how.trials if sweep.search else len(jobs)) as screen:
            source = build_source(sweep, jobs, machine, options, record, screen)
            try:
                Runner(options, record, screen).run(source)
                stopped = False
            except KeyboardInterrupt:
                stopped = True
    names = source.names()
    show(sweep_table(names, record))
    if stopped:
        click.echo("Stopped. The same command goes on from here.", err=True)
        sys.exit(130)
    if said := source.summary():
        click.echo(said)
    click.echo(report_command(names, record, options.out))
    return any(record[name].state in ("failed", "blocked") for name in names)


def plan_slots(gpus: str | None, jobs: int | None) -> tuple[Mapping[str, str], ...]:
    """Return the environment of each run that runs at the same time as others.

    Raises:
        ConfigError: If the GPUs are not numbers or names with commas between.
    """
    if gpus is not None and jobs is not None:
        raise ConfigError("--gpus runs one on each GPU; leave --jobs out.")
    if gpus is not None:
        names = [name.strip() for name in gpus.split(",")]
        if not all(names) or len(set(names)) < len(names):
            raise ConfigError(f"--gpus is {gpus!r}, expected different GPUs such as 0,1.")
        own = [{"CUDA_VISIBLE_DEVICES": name} for name in names]
    else:
        own = [{} for _ in range(jobs or 1)]
    if len(own) == 1 or "OMP_NUM_THREADS" in os.environ:
        return tuple(own)
    threads = max(1, (os.cpu_count() or 1) // len(own))
    return tuple({**slot, "OMP_NUM_THREADS": str(threads)} for slot in own)


def build_source(
    sweep: Sweep,
    jobs: Sequence[Job],
    machine: Machine,
    options: Options,
    record: Record,
    screen: Screen,
) -> Source:
    """Return where the runs of a sweep come from."""
    if sweep.search is None:
        return Queue(jobs, options.out, record, screen)
    from experiments.sweep.search import SearchSource

    source = SearchSource(sweep.search, machine, options.out, record, screen)
    if options.retry_failed:
        source.retry_failed()
    return source


def pick(jobs: Sequence[Job], only: Sequence[str]) -> list[Job]:
    """Return the jobs of these names; all, where none is named.

    Raises:
        ConfigError: If there is none of a name.
    """
    names = [job.name for job in jobs]
    if only and not jobs:
        raise ConfigError("--only chooses from a list or a grid; this sweep is a search.")
    if unknown := [name for name in only if name not in names]:
        raise ConfigError(f"--only {unknown[0]}: the sweep has the runs {', '.join(names)}.")
    return [job for job in jobs if not only or job.name in only]


def show_plan(sweep: Sweep, jobs: Sequence[Job], options: Options) -> None:
    """Say what would be done about each job."""
    if sweep.search is not None:
        how = sweep.search.how
        tried = [(key, str(values)) for key, values in sweep.search.space.items()]
        show(build_table((f"{how.trials} runs for the best {how.metric}", ""), tried))
        return
    record = Record(options.out / "sweep.json")
    rows = []
    for job in jobs:
        verdict = judge(
            job,
            RunDir(options.out / job.name),
            record[job.name],
            retry_failed=options.retry_failed,
            corpus_fingerprint=options.corpus_fingerprint,
        )
        rows.append((job.name, job.kind, verdict.action, verdict.reason))
    show(build_table(("run", "kind", "would", "because"), rows))


def report_command(names: Sequence[str], record: Record, out: Path) -> str:
    """Return the command that compares the finished runs."""
    finished = [name for name in names if record[name].state == "finished"]
    if not finished:
        return "No run is finished, so there is nothing to compare."
    if len(finished) > SHOWN_RUNS:
        finished.sort(key=lambda name: -(record[name].val_macro_f1 or 0.0))
        del finished[SHOWN_RUNS:]
    runs = shlex.join(str(out / name) for name in finished)
    return f"Compare them with: prodcat analyze {runs} --out {shlex.quote(str(out / 'report'))}"


@contextmanager
def stopped_by_signals() -> Generator[None]:
    """Let SIGTERM, and the end of the terminal, stop a sweep as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What nohup ignores stays ignored.
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    main()
