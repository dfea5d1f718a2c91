"""``MODEL_CARD.md``: what a model was made of, how good it is, and what it must not be used for."""

from prodcat.config import RunConfig, TextConfig
from prodcat.data.labels import LearningTask
from prodcat.evaluation.card import measured_lines
from prodcat.runs.records import RunMetrics


def write_card_text(name: str, task: LearningTask, config: RunConfig, metrics: RunMetrics) -> str:
    """Return the card as Markdown.

    Args:
        name: Of the model.
        task: What it learnt.
        config: Settings of its run.
        metrics: As in ``metrics.json``.
    """
    sizes = ", ".join(f"{len(side.rows):,} for {kind}" for kind, side in task.sides.items())
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
            f"- Products: {sizes}.",
            *_not_taught(task, config),
            *_encoders(config),
            f"- {_joined(config)} Seed {config.train.seed}."
            f" {metrics.training.epochs} epochs,"
            f" {(metrics.training.seconds or 0) / 60:.0f} minutes.",
            *_teachers(config),
            *_views(config),
            f"- Stored as ONNX{_stored(config)}.",
            *(["", config.export.about.strip()] if config.export.about != "none" else []),
            "",
            *measured_lines(metrics, config.export.confidence),
            "",
        ]
    )


def _not_taught(task: LearningTask, config: RunConfig) -> list[str]:
    lines = []
    if task.pooled:
        lines.append(
            f"- {len(task.pooled):,} categories have fewer than {config.data.min_products}"
            " training products; these teach the nearest category above that has enough, and"
            " are answered with it."
        )
    untaught = sum(len(side.rows) for side in task.untaught.values())
    if untaught:
        lines.append(
            f"- {untaught:,} products are of categories too small to be taught, with none above"
            " that is large enough; they are measured all the same."
        )
    others = sum(sum(reasons.values()) for reasons in task.left_out.values()) - untaught
    if others:
        lines.append(f"- {others:,} products left out; `metrics.json` of the run says why.")
    return lines


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


def _joined(config: RunConfig) -> str:
    if config.model.encoders == "none":
        return f"Fusion: {config.model.fusion}."
    whose = (
        "the model that comes with prodcat"
        if config.model.encoders == "bundled"
        # Of a run the folder's own name is the same for all.
        else f"the model {encoder_name(config.model.encoders.rstrip('/').removesuffix('/model'))}"
    )
    words = ", and of the word pieces of its products" * bool(config.model.words)
    return f"The encoders are those of {whose}; on top, a linear classifier of both{words}."


def _stored(config: RunConfig) -> str:
    if config.model.encoders != "none":
        return ", the encoders as they were"
    return f", quantization: {config.export.quantize}"


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


def encoder_name(encoder: str) -> str:
    """Return an encoder's own name, without the folders it was read from.

    >>> encoder_name("weights/all-MiniLM-L6-v2/")
    'all-MiniLM-L6-v2'
    """
    return encoder.rstrip("/").rsplit("/", 1)[-1]
