"""Start from the weights of a model that was trained before."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from prodcat.errors import ConfigError, ModelError
from prodcat.modeldir.format import RUN_MODEL, WEIGHTS_FILE
from prodcat.modeldir.reading import read_model_dir
from prodcat.network.classifier import ProductClassifier
from prodcat.network.shrink import weights_for
from prodcat.network.text_encoder import TextEncoder

HEAD = "head."
TEXT = "text_encoder.transformer."


def load_start(classifier: ProductClassifier, start: str, leaf_ids: Sequence[str]) -> list[str]:
    """Take over the weights of the model directory *start*, where they fit.

    Encoders and fusion are taken where their shapes agree; of a text encoder that was made
    smaller, what it kept of the larger; of the head, the rows of categories that both models
    have.

    Args:
        classifier: The network to fill.
        start: A run, or a model directory; ``none`` leaves the network as it is.
        leaf_ids: Category of each logit of *classifier*, (C,).

    Returns:
        Names of the tensors that were taken, wholly or in part.

    Raises:
        ModelNotFoundError: If there is no such model.
        ConfigError: If it holds no weights, none that fit, or a text encoder that was made
            smaller than this one.
    """
    if start == "none":
        return []
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    model = read_model_dir(start)
    file = find_weights(model.folder)
    if file is None:
        raise ConfigError(
            f"model.start is {start}, which holds no {WEIGHTS_FILE} to continue training from."
            " Train that model with export.keep_weights=true."
        )
    model.verify(everything=True)
    try:
        stored = load_file(file)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{file} cannot be read as safetensors: {error}.") from error
    old = {leaf: i for i, leaf in enumerate(model.labels)}
    both = [(i, old[leaf]) for i, leaf in enumerate(leaf_ids) if leaf in old]
    state = classifier.state_dict()
    if isinstance(classifier.text_encoder, TextEncoder):
        stored = _shrink(stored, classifier.text_encoder, start)
    fitting = []
    for name, tensor in stored.items():
        if name not in state:
            continue
        if name.startswith(HEAD):
            if both and state[name].shape[1:] == tensor.shape[1:]:
                mine, theirs = zip(*both, strict=True)
                state[name][list(mine)] = tensor[list(theirs)].to(state[name].dtype)
                fitting.append(name)
        elif state[name].shape == tensor.shape:
            state[name] = tensor.to(state[name].dtype)
            fitting.append(name)
    if not fitting:
        raise ConfigError(f"Nothing in {file} fits the network of these settings.")
    classifier.load_state_dict(state)
    return fitting


def find_weights(model: Path) -> Path | None:
    """Return the weights that belong to a model directory; None where there are none.

    They lie beside it in its run, or, written by an older version, within it.
    """
    inside, beside = model / WEIGHTS_FILE, model.absolute().parent / WEIGHTS_FILE
    if inside.is_file():
        return inside
    return beside if model.absolute().name == RUN_MODEL and beside.is_file() else None


def _shrink(stored: Mapping[str, Tensor], encoder: TextEncoder, start: str) -> dict[str, Tensor]:
    text = {name.removeprefix(TEXT): t for name, t in stored.items() if name.startswith(TEXT)}
    other_weights = {name: tensor for name, tensor in stored.items() if not name.startswith(TEXT)}
    try:
        chosen = weights_for(encoder.transformer, text)
    except ConfigError as error:
        raise ConfigError(f"model.start is {start}. {error}") from error
    return other_weights | {f"{TEXT}{name}": tensor for name, tensor in chosen.items()}
