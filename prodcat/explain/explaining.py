"""Explains an answer: what its parts did, its words, and the places of its picture."""

from collections.abc import Sequence

from prodcat.explain.cells import shrink
from prodcat.explain.explanation import Explanation
from prodcat.explain.findings import Heat, Word
from prodcat.explain.part_influences import part_influences
from prodcat.explain.picture_influence import PictureSettings, picture_influence
from prodcat.explain.variants import Answerer, Target, Variant
from prodcat.explain.word_influences import TermInfluence, WordSettings, read_part, word_influences
from prodcat.product import Prediction

HEAT_STEP = 8
"""Pixels of what the model sees to a square of the heat map that is handed on."""


def explain(
    asked: Answerer,
    whole: Variant,
    answer: Prediction,
    *,
    words: WordSettings | None = None,
    picture: PictureSettings | None = None,
    notes: Sequence[str] = (),
) -> Explanation:
    """Explain the answer to a product.

    The same product and model give the same explanation every time: nothing is drawn.

    Args:
        asked: Answers variants of the product.
        whole: The product, as the model reads it.
        answer: What the model answered.
        words: How many texts are asked about.
        picture: How many pictures are.
        notes: What to tell besides.
    """
    if not answer.alternatives:
        return Explanation(answer, notes=tuple(notes))
    target = Target.of(answer, asked.leaf_paths)
    name, description = read_part(asked, whole)
    found = word_influences(asked, target, whole, words)
    heat = None
    if whole.pixels is not None:
        seen = picture_influence(asked, target, whole, picture)
        rows, columns = (max(1, side // HEAT_STEP) for side in whole.pixels.shape[1:])
        heat = Heat(
            for_answer=shrink(seen.heat, rows, columns),
            against_rival=shrink(seen.rather, rows, columns),
            window=seen.window,
            strongest=seen.strongest,
            pixels=whole.pixels,
        )
    return Explanation(
        answer,
        target=target.path,
        preferred=target.preferred,
        rival=target.rival,
        parts=tuple(part_influences(asked, target, whole, answer.used)),
        words=tuple(map(_word, found)),
        name=whole.name,
        description=whole.description,
        read=(len(name), len(description)),
        heat=heat,
        notes=tuple(notes),
    )


def _word(found: TermInfluence) -> Word:
    term = found.term
    return Word(term.text, term.spans, found.influence, max(1, len(term.words)))
