"""From what a request asks to what the service answers, as plain data."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from prodcat.errors import InputError
from prodcat.inference.predictor import Predictor
from prodcat.product import Prediction, Product
from prodcat.serve.problems import ProblemError
from prodcat.serve.schemas import Rule


def answer_data(
    product: Product, answer: Prediction, problem: str | None, levels: Any = None
) -> dict[str, Any]:
    """Return an answer as clients get it.

    Args:
        product: What it is about.
        answer: The answer.
        problem: What was wrong with the product before it was asked for.
        levels: Levels of the best path, where they were asked for.
    """
    if problem is not None:
        error = problem if not answer.used else "; ".join(filter(None, (problem, answer.error)))
        answer = replace(answer, error=error)
    data: dict[str, Any] = {"id": product.id, **answer.to_dict()}
    data["between"] = [
        {"path": list(one.path), "probability": one.probability} for one in answer.between
    ]
    data["levels"] = levels
    return data


def levels_of(predictor: Predictor, products: Sequence[Product]) -> list[list[dict[str, Any]]]:
    """Return how probable each level of each product's best path is, from the root down.

    A category is as probable as all leaves below it together.
    """
    readable = [
        row
        for row, product in enumerate(products)
        if any((product.name, product.description)) or product.image is not None
    ]
    levels: list[list[dict[str, Any]]] = [[] for _ in products]
    if not readable:
        return levels
    probs = predictor.probabilities([products[row] for row in readable])
    for row, of_leaves in zip(readable, probs, strict=True):
        if not (of_leaves >= 0).all():  # NaN: nothing of it could be read
            continue
        best = predictor.categories[int(of_leaves.argmax())]
        for depth in range(1, len(best) + 1):
            above = best[:depth]
            below = [
                place for place, path in enumerate(predictor.categories) if path[:depth] == above
            ]
            probability = min(1.0, float(of_leaves[below].sum()))
            levels[row].append({"path": list(above), "probability": probability})
    return levels


def wrong_rule(error: InputError) -> ProblemError:
    """Return what a client is told that asks for what the model cannot promise."""
    return ProblemError(
        409,
        "no-such-promise",
        str(error),
        expected="An accuracy that the model in use can promise; /v1/model lists some.",
        todo="Ask for another accuracy, or give a threshold.",
    )


def rule_of(request: Rule) -> dict[str, Any]:
    """Return the rule of a request as `Predictor.predict` takes it."""
    return {"accuracy": request.accuracy, "threshold": request.threshold}
