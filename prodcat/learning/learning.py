"""From decisions to a better model: learn, hold it against the old one, put it in place.

Until a new model has proved itself the old one answers, whatever happens meanwhile: the new run
is made in a folder of its own, and both change places at once.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from prodcat.config import RunConfig, config_from_dict
from prodcat.corpus.store import Corpus
from prodcat.decision.accuracies import HEADLINE_ACCURACY, measure_at
from prodcat.errors import AnalyzeError, RunError, require
from prodcat.files import exchange, lock_file, write_json
from prodcat.learning.curve import GOAL, Point, check_goal, join_points, read_curve, write_curve
from prodcat.learning.decisions import describe_decisions
from prodcat.learning.judging import judge_models
from prodcat.learning.page import write_page
from prodcat.learning.result import AFTER, ANEW, DecisionFacts, Learnt, SideResult
from prodcat.modeldir.format import RUN_MODEL
from prodcat.runs.directory import RunDir
from prodcat.runs.environment import Environment
from prodcat.runs.files import read_json, read_settings
from prodcat.runs.reading import Run, read_run

PAGE, RESULT = "learning.html", "learning.json"
"""What is written into the new run."""
BESIDE = ".learnt"
"""Ending of the folder beside a run in which the new one is made."""
LOCK = "learning.lock"


def learn(
    corpus: Path,
    run: Path,
    *,
    out: Path | None = None,
    whole: bool = False,
    goal: float = GOAL,
    on_message: Callable[[str], None] | None = None,
) -> Learnt:
    """Learn from a corpus as it is now, and take what came of it if it is at least as good.

    Args:
        corpus: The corpus's file, with what people decided.
        run: A finished run on it.
        out: Folder of the new run, which then takes nobody's place; None to make it beside the
            old one, whose place it takes if it is at least as good at what is promised.
        whole: Train all of it, and not the head alone.
        goal: Share of the products that shall be answered at an accuracy of 98 %, for the
            estimate of how many more labels it takes.
        on_message: Gets a line now and then that says how far it is.

    Raises:
        InputError: If the goal is no share.
        RunError: If there is no finished run to go on from, another process learns there, or
            the folder of the new run holds something else.
        CorpusError: If the corpus has too little to learn from.
        MissingDependencyError: If what trains, or writes the page, is not installed.
    """
    for library, extra in (
        ("torch", "train"),
        ("pytorch_lightning", "train"),
        ("jinja2", "analyze"),
    ):
        require(library, extra=extra)
    check_goal(goal)
    began = time.monotonic()
    old = _read_old(run)
    settings = read_settings(RunDir(run).config)
    config = config_from_dict({str(section): values for section, values in settings.items()})
    lock = None
    if out is None:
        lock = lock_file(run / LOCK)
        if lock is None:
            raise RunError(f"Another process learns on {run} at this moment. Wait for it.")
    try:
        folder = out or run.absolute().with_name(run.absolute().name + BESIDE)
        _make_room(folder, corpus, whole=whole, own=out is None)
        _train(corpus, config, run, folder, whole=whole, on_message=on_message)
        learnt = _judge(corpus, config, old, folder, began=began, whole=whole, goal=goal)
        return _place(learnt, swap=out is None)
    finally:
        if lock is not None:
            lock.close()


def _read_old(run: Path) -> Run:
    try:
        return read_run(run)
    except (AnalyzeError, OSError) as error:
        raise RunError(
            f"{run} is no finished run to learn on: {error}. Train one with `prodcat train`."
        ) from error


def _make_room(folder: Path, corpus: Path, *, whole: bool, own: bool) -> None:
    """Remove what is left of an earlier attempt, unless it can be gone on with.

    Raises:
        RunError: If the folder is somebody's.
    """
    run = RunDir(folder)
    if not own:
        if run.finished:
            raise RunError(f"{folder} holds a finished run; name a folder that is not there.")
        return
    if not run.config.is_file():
        return  # what trains refuses a folder that holds something else
    if whole and not (folder / RESULT).is_file() and _is_of(run, corpus):
        return
    shutil.rmtree(folder)


def _is_of(run: RunDir, corpus: Path) -> bool:
    """Tell whether a run, finished or not, learns from the corpus as it is now."""
    if not run.environment.is_file():
        return True
    begun_in = Environment.from_dict(read_json(run.environment))
    with Corpus.open(corpus, read_only=True) as opened:
        return begun_in.corpus_fingerprint == opened.fingerprint()


def _train(
    corpus: Path,
    config: RunConfig,
    old: Path,
    folder: Path,
    *,
    whole: bool,
    on_message: Callable[[str], None] | None,
) -> None:
    # A linear classifier on fixed encoders is a head alone, and learnt anew within a minute.
    if whole or config.model.encoders != "none":
        from prodcat.training.fit import train

        train(corpus, config, folder, on_message=on_message)
        return
    from prodcat.training.heads import learn_head

    learn_head(corpus, config, old, folder, on_message=on_message)


def _judge(
    corpus: Path,
    config: RunConfig,
    old: Run,
    folder: Path,
    *,
    began: float,
    whole: bool,
    goal: float,
) -> Learnt:
    accuracy = config.export.default_accuracy
    with Corpus.open(corpus, read_only=True) as opened:
        judgement = judge_models(
            opened,
            config,
            (old.path / RUN_MODEL, folder / RUN_MODEL),
            old.predictions,
            (accuracy, HEADLINE_ACCURACY),
        )
        decisions = describe_decisions(opened, config.data)
    learnt = Learnt(
        old=old.path,
        new=folder,
        is_better=False,
        is_in_place=False,
        whole=whole or config.model.encoders != "none",
        accuracy=accuracy,
        seconds=time.monotonic() - began,
        sides=judgement.sides,
        moved=judgement.moved,
        decisions=decisions,
        curve=_curve(old, read_run(folder), judgement.sides["val"], decisions),
        goal=goal,
    )
    val = learnt.sides["val"]
    is_better = all(
        val.value(AFTER, measure) >= val.value(ANEW, measure)
        for measure in (learnt.promise, "accuracy")
    )
    return replace(learnt, is_better=is_better)


def _curve(old: Run, new: Run, val: SideResult, decisions: DecisionFacts) -> tuple[Point, ...]:
    """Return the points of the old run's learnings, and this one's."""
    before = read_curve(old.path)
    coverage = measure_at("path_coverage", HEADLINE_ACCURACY)
    had, has = (run.metrics.data.products.get("train") for run in (old, new))
    if not before and had:
        before = (Point(had, 0, val.value(ANEW, coverage)),)
    if not has:
        return before
    decided = min(decisions.by_side["train"], has)
    return join_points([*before, Point(has, decided, val.value(AFTER, coverage))])


def _place(learnt: Learnt, *, swap: bool) -> Learnt:
    """Write what came of it, and put the new run in place if it is to be there."""
    old, folder = learnt.old, learnt.new
    if not (learnt.is_better and swap):
        _write(learnt, folder)
        if swap:
            # The next learning goes on from the old run, and shall know of this one.
            write_curve(learnt.curve, old)
        return learnt
    aside = RunDir(old).free_name()
    placed = replace(learnt, old=aside, new=old, is_in_place=True)
    _write(placed, folder)
    # First out of the way of the next attempt, which removes what lies where this was made. Killed
    # here, the new run lies where the old one would, and nothing is lost.
    folder.rename(aside)
    exchange(old, aside)
    return placed


def _write(learnt: Learnt, folder: Path) -> None:
    write_curve(learnt.curve, folder)
    write_page(learnt, folder / PAGE)
    write_json(folder / RESULT, learnt.to_dict())
