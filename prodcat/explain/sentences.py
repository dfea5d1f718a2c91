"""An explanation in words."""

from collections.abc import Collection, Sequence
from math import exp

from prodcat.explain.findings import MATTERS, Findings, Heat, Word, apart
from prodcat.explain.part_influences import PartInfluence
from prodcat.product import FOREIGN, PARTS, Prediction
from prodcat.wording import clean, percent, shorten

CALLED = {"name": "name", "description": "description", "image": "picture"}
"""Part → what people call it."""
MOST = 1000
"""Odds are told no higher."""
WORD_LENGTH = 48
"""Characters of a phrase that a sentence has room for."""
PLACES = (
    ("top left", "top", "top right"),
    ("left", "middle", "right"),
    ("bottom left", "bottom", "bottom right"),
)


def tell(findings: Findings) -> list[str]:
    """Return the lines of an explanation, the answer first."""
    lines = [str(findings.answer)]
    if findings.target:
        lines += tell_abstention(findings)
        if len(findings.parts) > 1:
            lines += [tell_part(part, findings) for part in findings.parts]
        lines += tell_words(findings)
        if findings.heat is not None:
            lines.append(tell_picture(findings.heat, _short(findings.target)))
        lines += tell_rather(findings)
    return [clean(line, 2_000) for line in (*lines, *findings.notes)]


def tell_abstention(findings: Findings) -> list[str]:
    """Say what an answer, or one that goes further down, would have taken; what pulls apart."""
    answer = findings.answer
    if not answer.abstained:
        return tell_stop(answer)
    best = f"{_joined(findings.target)} comes first, with {percent(answer.leaf_probability)}"
    if answer.reason == FOREIGN:
        lines = [f"{best}; but no product that the model learnt from is like this one."]
    elif answer.needed is None:
        lines = [f"{best}; products with these parts get no answer as sure as is asked."]
    else:
        lines = [f"{best}; an answer would have taken {percent(answer.needed)}."]
    return lines + tell_disagreement(findings.parts)


def tell_stop(answer: Prediction) -> list[str]:
    """Say why an answer ends at a category that has others below it."""
    if len(answer.between) < 2:
        return []
    first, second = apart(answer.between[0].path, answer.between[1].path)
    probable = [percent(either.probability) for either in answer.between]
    needed = "" if answer.needed is None else f"; either would have taken {percent(answer.needed)}"
    return [f"It goes no further down: {first} has {probable[0]}, {second} {probable[1]}{needed}."]


def tell_disagreement(parts: Sequence[PartInfluence]) -> list[str]:
    """Say which parts would answer differently, each alone."""
    if len(parts) < 2:
        return []
    leaves = {part.alone.leaf for part in parts}
    if len(leaves) == 1:
        return ["Its parts agree, but none is sure enough."]
    said = [f"the {CALLED[part.part]} alone says {_best(part.alone)}" for part in parts]
    return [f"Its parts pull apart: {_listed(said)}."]


def tell_part(part: PartInfluence, findings: Findings) -> str:
    """Say what one of several parts did."""
    matters = abs(part.influence.answer) >= MATTERS
    spoke = f"speaks {did(part)}" if matters else "has no influence to speak of"
    kind = f"The {CALLED[part.part]} {spoke}"
    if part.without is None:
        return f"{kind}."
    same = part.without.leaf == findings.answer.leaf
    before = "the best guess stays" if same else "the best guess would be"
    return f"{kind}; without it {before} {_best(part.without)}."


def did(part: PartInfluence) -> str:
    """Say in short for what a part speaks."""
    size = part.influence.answer
    if abs(size) < MATTERS:
        return "neither way"
    return f"{'for' if size > 0 else 'against'} it ({factor(size)})"


def tell_words(findings: Findings) -> list[str]:
    """Say which words carried the answer, which spoke against it, and what was not read."""
    if not findings.words:
        return []
    lines = []
    target = _short(findings.target)
    if carried := findings.strongest_words():
        lines.append(f"Words for {target}: {listed_words(carried)}.")
    if spoke := findings.strongest_words(against=True):
        lines.append(f"Words against it: {listed_words(spoke)}.")
    if not carried and not spoke:
        lines.append("No single word has an influence to speak of.")
    for part, text, read in zip(
        ("name", "description"),
        (findings.name, findings.description),
        findings.read,
        strict=True,
    ):
        if left := len(text) - read:
            lines.append(
                f"Of the {part} the model reads the first {read:,} characters; the other"
                f" {left:,} have no influence."
            )
    return lines


def tell_picture(heat: Heat, target: str) -> str:
    """Say which place of the picture did most."""
    size = heat.strongest.answer
    if abs(size) < MATTERS:
        return "No single place of the picture has an influence to speak of."
    does = "for" if size > 0 else "against"
    return f"In the picture the {place_of(heat)} speaks most {does} {target} ({factor(size)})."


def tell_rather(findings: Findings) -> list[str]:
    """Say what told the answer from its rival, or what it could not decide between."""
    if findings.rival is None:
        return []
    first, second = apart(findings.preferred, findings.rival)
    lines = []
    for one, other, rival in ((first, second, False), (second, first, True)):
        sign = -1 if rival else 1
        reasons = [
            f"the {CALLED[part.part]} ({factor(sign * part.influence.rather)})"
            for part in sorted(findings.parts, key=lambda p: -sign * p.influence.rather)
            if len(findings.parts) > 1 and sign * part.influence.rather >= MATTERS
        ]
        words = findings.telling_words(rival=rival)
        reasons += [f"“{_cut(w)}” ({factor(sign * w.influence.rather)})" for w in words]
        if reasons and rival:
            lines.append(f"For {one} speaks: {_listed(reasons)}.")
        elif reasons:
            lines.append(f"{one} rather than {other} because of {_listed(reasons)}.")
    return lines


def listed_words(words: Sequence[Word]) -> str:
    """Write words with how many times the odds they make."""
    return _listed([f"“{_cut(word)}” ({factor(abs(word.influence.answer))})" for word in words])


def factor(size: float) -> str:
    """Write an influence as how many times the odds it makes, of whichever direction.

    >>> factor(0.6931), factor(-2.3026), factor(50.0)
    ('2.0 ×', '10 ×', 'over 1,000 ×')
    """
    times = exp(min(abs(size), 700.0))
    if times > MOST:
        return f"over {MOST:,} ×"
    return f"{times:,.0f} ×" if times >= 9.95 else f"{times:.1f} ×"


def place_of(heat: Heat) -> str:
    """Name the place of the strongest window by thirds of the picture."""
    top, left, bottom, right = heat.window
    height, width = heat.pixels.shape[1:]
    row = min(2, int(1.5 * (top + bottom) / height))
    column = min(2, int(1.5 * (left + right) / width))
    return PLACES[row][column]


def unread_parts(
    given: Collection[str], used: Collection[str], readable: Collection[str]
) -> list[str]:
    """Say which parts that were given have no influence at all.

    Args:
        given: Parts that hold something.
        used: Those that were read.
        readable: Those that the model reads of any product.

    >>> unread_parts(["name", "image"], ["name"], ["name", "description"])
    ['The picture has no influence: this model reads none.']
    """
    lines = []
    for part in PARTS:
        if part not in given or part in used:
            continue
        if part not in readable:
            lines.append(f"The {CALLED[part]} has no influence: this model reads none.")
        elif part == "description" and "name" in used:
            lines.append(
                "The description has no influence: this model reads one only where there is no"
                " name, or it says nothing."
            )
        else:
            lines.append(f"The {CALLED[part]} has no influence: nothing of it could be read.")
    return lines


def _best(answer: Prediction) -> str:
    if not answer.alternatives:
        return "nothing"
    return f"{_joined(answer.alternatives[0].path)} ({percent(answer.leaf_probability)})"


def _cut(word: Word) -> str:
    return shorten(word.text, WORD_LENGTH)


def _short(path: Sequence[str]) -> str:
    return path[-1]


def _joined(path: Sequence[str]) -> str:
    return " > ".join(path)


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
