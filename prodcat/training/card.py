"""``MODEL_CARD.md``: what a model was made of, how good it is, and what it must not be used for."""

from prodcat.config import RunConfig, TextConfig
from prodcat.data.labels import LearningTask
from prodcat.decision.accuracies import HEADLINE_ACCURACY, measure_at
from prodcat.measures.interval import Interval
from prodcat.measures.names import MEASURES, SELECTIVE
from prodcat.runs.format import LEAST_PRODUCTS
from prodcat.runs.records import RunMetrics

LINES = (
    *("accuracy", "parent_accuracy", "top_5_accuracy", "macro_f1", "hierarchical_f1"),
    *SELECTIVE,
    "calibration_error",
)
"""What is told of validation and test."""
WITHHELD = (
    *("accuracy", "macro_f1"),
    *(measure_at(measure, HEADLINE_ACCURACY) for measure in ("coverage", "accuracy")),
)
"""What is told of each selection of parts."""


def write_card_text(name: str, task: LearningTask, config: RunConfig, metrics: RunMetrics) -> str:
    """Return the card as Markdown.

    Args:
        name: Of the model.
        task: What it learnt.
        config: Settings of its run.
        metrics: As in ``metrics.json``.
    """
    sizes = ", ".join(f"{len(side.rows):,} for {kind}" for kind, side in task.sides.items())
    left_out = sum(sum(reasons.values()) for reasons in task.left_out.values())
    inputs = [
        *(["name", "description"] if config.text.encoder != "none" else []),
        *(["picture"] if config.image.encoder != "none" else []),
    ]
    return "\n".join(
        [
            f"# {name}",
            "",
            f"Answers with one of {len(task.leaf_ids)} categories (tree version"
            f" {task.taxonomy.version}), given {', '.join(inputs)}; any of them may be missing.",
            "",
            "## Made of",
            "",
            f"- Products: {sizes}; {left_out:,} left out"
            f" (categories with fewer than {config.data.min_products} training products, and the"
            " like; `metrics.json` of the run counts the reasons).",
            *_encoders(config),
            f"- Fusion: {config.model.fusion}. Seed {config.train.seed}."
            f" {metrics.training.epochs} epochs,"
            f" {(metrics.training.seconds or 0) / 60:.0f} minutes.",
            *_teachers(config),
            *_views(config),
            f"- Stored as ONNX, quantization: {config.export.quantize}.",
            *(["", config.export.about.strip()] if config.export.about != "none" else []),
            "",
            "## Measured",
            "",
            "With 95 % bootstrap intervals. Temperatures and thresholds were chosen on validation.",
            "",
            *_table(metrics),
            "",
            "## Test, with parts withheld",
            "",
            *_withheld(metrics),
            "",
            "## Limits",
            "",
            "- It knows the categories of its tree and no other: a product of another kind gets"
            " the nearest one, or an abstention.",
            "- Its probabilities hold for products like those it was calibrated on; another"
            " shop's need a calibration of their own.",
            f"- Thresholds are fitted for each combination of parts that at least {LEAST_PRODUCTS}"
            " validation products had; others use the most alike.",
            "",
        ]
    )


def _encoders(config: RunConfig) -> list[str]:
    text, image = config.text, config.image
    lines = []
    if text.encoder != "none":
        lines.append(
            f"- Text encoder: {encoder_name(text.encoder)}{_smaller(text)}, {text.max_tokens}"
            f" word pieces, {'frozen' if text.frozen else 'fine-tuned'}."
            + " Descriptions are read only where there is no name."
            * (text.description == "alone")
        )
    if image.encoder != "none":
        lines.append(
            f"- Image encoder: {image.encoder}, {image.height}x{image.width} pixels"
            f" (height x width), {'frozen' if image.frozen else 'fine-tuned'}."
        )
    return lines


def _smaller(text: TextConfig) -> str:
    layers = [f"{text.layers} of its layers"] if text.layers else []
    pieces = ["the word pieces that training saw"] if text.vocabulary == "seen" else []
    return f" with {' and '.join([*layers, *pieces])}" if layers or pieces else ""


def _teachers(config: RunConfig) -> list[str]:
    settings = config.distill
    if not settings.teachers:
        return []
    count = len(settings.teachers)
    whom = "another model answers" if count == 1 else f"{count} other models answer in the mean"
    return [f"- It learnt from what {whom}, too: {settings.weight:.0%} of its loss."]


def _views(config: RunConfig) -> list[str]:
    if config.text.encoder == "none" or not config.export.name_view:
        return []
    weight = config.export.name_view
    return [f"- Names are answered alone as well, with a weight of {weight:g} beside everything."]


def _table(metrics: RunMetrics) -> list[str]:
    # The first selection of a side is that with all parts.
    everything = {side: selections[0] for side, selections in metrics.sides.items()}
    lines = [
        "| measure | " + " | ".join(f"{s}, N = {everything[s].n:,}" for s in everything) + " |",
        "|---|" + "---|" * len(everything),
    ]
    for measure in LINES:
        cells = [_cell(selection.measures.get(measure)) for selection in everything.values()]
        lines.append(f"| {MEASURES[measure].on_card} | " + " | ".join(cells) + " |")
    return lines


def _withheld(metrics: RunMetrics) -> list[str]:
    selections = metrics.selections("test")
    if not selections:
        return ["The corpus has no test products."]
    lines = [
        "| given | N | " + " | ".join(MEASURES[name].on_card for name in WITHHELD) + " |",
        "|---|---|" + "---|" * len(WITHHELD),
    ]
    for selection in selections:
        cells = [_cell(selection.measures.get(name)) for name in WITHHELD]
        lines.append(f"| {selection.name} | {selection.n:,} | " + " | ".join(cells) + " |")
    return lines


def _cell(interval: Interval | None) -> str:
    if interval is None or interval.value is None:
        return "–"
    if interval.low is None or interval.high is None:
        return f"{interval.value:.4f}"
    return f"{interval.value:.4f} ({interval.low:.4f}–{interval.high:.4f})"


def encoder_name(encoder: str) -> str:
    """Return an encoder's own name, without the folders it was read from.

    >>> encoder_name("weights/all-MiniLM-L6-v2/")
    'all-MiniLM-L6-v2'
    """
    return encoder.rstrip("/").rsplit("/", 1)[-1]
