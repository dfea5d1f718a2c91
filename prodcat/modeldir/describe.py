"""What a model directory is, for a person or for JSON."""

from dataclasses import asdict
from typing import Any

from prodcat.modeldir.format import FIRST
from prodcat.modeldir.reading import FirstModel, ModelDir

NO_PROMISE = "none: its thresholds are those of other trees, until products are labelled"


def _promise(model: ModelDir) -> str:
    """Say whether labelled products of its own tree stand behind a model's thresholds."""
    most = max(pattern.n for pattern in model.calibration.patterns.values())
    return f"fitted on {most:,} labelled products" if most else NO_PROMISE


def _first(first: FirstModel) -> dict[str, Any]:
    model, handover = first.model, first.handover
    return {
        "name": model.name,
        "text": asdict(model.text) if model.text is not None else None,
        "image": asdict(model.image) if model.image is not None else None,
        "name_view": model.name_view,
        "gate": handover.gate,
        "text_gate": handover.text_gate,
        "weight": handover.weight,
    }


def describe_model(model: ModelDir) -> dict[str, Any]:
    """Return the facts of a model as plain data."""
    # Of all that is there, listed in `model.json` or not: that is what the folder takes.
    sizes = {f.name: f.stat().st_size for f in sorted(model.folder.iterdir()) if f.is_file()}
    if model.first is not None:
        first = sorted(model.first.model.folder.iterdir())
        sizes |= {f"{FIRST}/{f.name}": f.stat().st_size for f in first if f.is_file()}
    return {
        "name": model.name,
        "folder": str(model.folder),
        "prodcat": model.version,
        "text": asdict(model.text) if model.text is not None else None,
        "image": asdict(model.image) if model.image is not None else None,
        "name_view": model.name_view,
        "first": None if model.first is None else _first(model.first),
        "categories": len(model.answered_paths),
        "taxonomy_version": model.answered_taxonomy.version,
        "default_accuracy": model.default_accuracy,
        "thresholds": {
            parts: {
                # Keys are texts, as in JSON. Answers go by the thresholds of paths; a model that
                # has none goes by those of its leaves.
                f"{accuracy:g}": threshold
                for accuracy, threshold in (pattern.path_thresholds or pattern.thresholds).items()
            }
            for parts, pattern in model.calibration.patterns.items()
        },
        "confidence": model.calibration.confidence,
        "promise": _promise(model),
        "passes": {
            parts: {
                f"{accuracy:g}": pattern.share_answered(accuracy)
                for accuracy in (pattern.path_thresholds or pattern.thresholds)
            }
            for parts, pattern in model.calibration.patterns.items()
        },
        "files": sizes,
        "total_bytes": sum(sizes.values()),
        "fingerprint": model.fingerprint[:12],
    }
