"""``MODEL_CARD.md``: what a model was made of, how good it is, and what it must not be used for."""

from collections.abc import Mapping
from typing import Any

from prodcat.config import RunConfig, TextConfig
from prodcat.data.labels import LearningTask
from prodcat.runs.format import LEAST_PRODUCTS

MEASURES = {
    "accuracy": "leaf accuracy",
    "parent_accuracy": "parent accuracy",
    "top_5_accuracy": "top-5 accuracy",
    "macro_f1": "macro-F1",
    "hierarchical_f1": "hierarchical F1",
    "coverage_at_95": "coverage at 95 %",
    "accuracy_at_95": "accuracy reached there",
    "coverage_at_98": "coverage at 98 %",
    "accuracy_at_98": "accuracy reached there",
    "calibration_error": "calibration error",
}


def write_card_text(
    name: str, task: LearningTask, config: RunConfig, metrics: Mapping[str, Any]
) -> str:
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
            f" {metrics['training']['epochs']} epochs,"
            f" {metrics['training']['seconds'] / 60:.0f} minutes.",
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


def _table(metrics: Mapping[str, Any]) -> list[str]:
    sides = [side for side in ("val", "test") if side in metrics]
    everything = {side: metrics[side]["everything"] for side in sides}
    lines = [
        "| measure | " + " | ".join(f"{s}, N = {everything[s]['n']:,}" for s in sides) + " |",
        "|---|" + "---|" * len(sides),
    ]
    for key, title in MEASURES.items():
        cells = [_cell(everything[side].get(key)) for side in sides]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return lines


def _withheld(metrics: Mapping[str, Any]) -> list[str]:
    if "test" not in metrics:
        return ["The corpus has no test products."]
    keys = ("accuracy", "macro_f1", "coverage_at_98", "accuracy_at_98")
    lines = [
        "| given | N | " + " | ".join(MEASURES[key] for key in keys) + " |",
        "|---|---|" + "---|" * len(keys),
    ]
    for selection, measured in metrics["test"].items():
        cells = [_cell(measured.get(key)) for key in keys]
        lines.append(f"| {selection} | {measured['n']:,} | " + " | ".join(cells) + " |")
    return lines


def _cell(measured: Mapping[str, float | None] | None) -> str:
    if measured is None or measured["value"] is None:
        return "–"
    if measured["low"] is None or measured["high"] is None:
        return f"{measured['value']:.4f}"
    return f"{measured['value']:.4f} ({measured['low']:.4f}–{measured['high']:.4f})"


def encoder_name(encoder: str) -> str:
    """Return an encoder's own name, without the folders it was read from.

    >>> encoder_name("weights/all-MiniLM-L6-v2/")
    'all-MiniLM-L6-v2'
    """
    return encoder.rstrip("/").rsplit("/", 1)[-1]
