"""Everything that a change of the tree takes, read out of files before anything is written."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from prodcat.inference.predictor import Predictor
from prodcat.migrating.asking import ask_model
from prodcat.migrating.migrating import Migrated, migrate_corpus, unanswered_message
from prodcat.migrating.model import MovedModel, move_model
from prodcat.migrating.plan import Choice
from prodcat.migrating.reading import categories_named, mapped, notes_of, read_choices
from prodcat.modeldir.reading import ModelDir
from prodcat.product import PathLike
from prodcat.screen import OnProgress
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.trees.decisions import NOT_LEFT
from prodcat.trees.tree_files import read_tree


@dataclass(frozen=True)
class Prepared:
    """A change of the tree that can be tried, and carried out."""

    corpus: PathLike
    name: str
    mapping: TreeMapping
    gone: tuple[str, ...] = ()
    choices: dict[str, Choice] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    who: str = ""

    def migrate(self, *, carry_out: bool) -> Migrated:
        """Try it, or carry it out; see `migrate_corpus`.

        Raises:
            InputError: If it shall be carried out, and a category has no answer.
            CorpusError: If the corpus cannot be read, or written.
        """
        with Corpus.open(self.corpus, read_only=not carry_out) as opened:
            return migrate_corpus(
                opened,
                self.mapping.right,
                self.name,
                mapping=self.mapping,
                gone=self.gone,
                choices=self.choices,
                notes=self.notes,
                carry_out=carry_out,
                who=self.who,
            )

    def migrate_with_model(self, model: ModelDir, out: Path) -> tuple[Migrated, MovedModel]:
        """Carry it out, and write a model that answers in the new tree.

        The model comes first, and goes again if the corpus cannot go over: whoever is interrupted
        between the two finds the corpus as it was.

        Raises:
            InputError: If a category has no answer.
            ModelError: If *out* is there already, or the model cannot be used there.
            CorpusError: If the corpus cannot be written.
        """
        plan = self.migrate(carry_out=False).plan
        if plan.unanswered:
            raise InputError(unanswered_message(plan))
        moved = move_model(model, plan.mapping, self.name, out)
        try:
            return self.migrate(carry_out=True), moved
        except Exception:
            # Not where it was interrupted: the corpus may have gone over just then.
            shutil.rmtree(out, ignore_errors=True)
            raise


def prepare(
    corpus: PathLike,
    tree: PathLike,
    *,
    name: str | None = None,
    mapping: PathLike | None = None,
    gone: Sequence[str] = (),
    gone_rest: bool = False,
    products: PathLike | None = None,
    ask: PathLike | None = None,
    who: str = "",
    on_progress: OnProgress | None = None,
) -> Prepared:
    """Read what a change of the tree takes.

    Args:
        corpus: Which goes over.
        tree: A file of the new tree.
        name: What it is called; None for the file's name.
        mapping: A file of what the categories are there, as `prodcat map` writes it.
        gone: Paths or ids of categories that it has no place for.
        gone_rest: So are all that have no counterpart.
        products: A table of which category products of a split one belong to.
        ask: A model of the new tree, which tells the others apart.
        who: Who decides so.
        on_progress: Is told how many products the model was asked for.

    Raises:
        InputError: If a file cannot be read, or names what is not there.
        TaxonomyError: If *tree* is none.
        CorpusError: If the corpus cannot be read.
        ModelError: If the model cannot be used.
    """
    right = read_tree(tree)
    with Corpus.open(corpus, read_only=True) as opened:
        left = opened.taxonomy()
        found = mapped(left, right, mapping)
        problems = {str(mapping): found.notes}
        choices: dict[str, Choice] = {}
        if products is not None:
            choices, lines = read_choices(products, right)
            problems[str(products)] = tuple(lines)
        prepared = Prepared(
            corpus,
            Path(tree).stem if name is None else name,
            found.mapping,
            tuple(categories_named(left, gone)),
            choices,
            tuple(notes_of(problems)),
            who,
        )
        if gone_rest:
            if unclear := [note for note in found.notes if NOT_LEFT not in note]:
                # What was meant for a category stands there, and it would be called gone.
                raise InputError(
                    f"{mapping} has {len(unclear):,} rows that cannot be used, such as"
                    f" {unclear[0]}. Mend them, or name what is gone with --gone."
                )
            rest = [
                row.category
                for row in found.mapping
                if not row.counterparts and row.category not in prepared.gone
            ]
            prepared = replace(prepared, gone=(*prepared.gone, *rest))
        if ask is not None:
            plan = migrate_corpus(
                opened,
                right,
                prepared.name,
                mapping=prepared.mapping,
                gone=prepared.gone,
                choices=choices,
            ).plan
            asked = ask_model(opened, plan, Predictor.load(ask), on_progress)
            prepared = replace(prepared, choices={**asked.choices, **choices})
    return prepared
