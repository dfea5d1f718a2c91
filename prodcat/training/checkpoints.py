"""Checkpoints: written whole or not at all, and looked at before anything goes on from one."""

import logging
import zipfile
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import nn

from prodcat.errors import RunError, one_line
from prodcat.files import whole

logger = logging.getLogger(__name__)

BEST, LAST = "best.ckpt", "last.ckpt"
NEEDED = {
    "state_dict": dict,
    "epoch": int,
    "global_step": int,
    "pytorch-lightning_version": str,
    "loops": dict,
    "callbacks": dict,
    "optimizer_states": list,
    "lr_schedulers": list,
}
"""What Lightning takes for granted in a checkpoint that it goes on from, and its type."""


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint beside its place, and renames it once it is on the disk.

    Lightning's own goes through the folder for temporary files: on another disk than the run, it is
    copied to its place, and a process that is killed meanwhile leaves half of it there.
    """

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | Path,
        storage_options: Any = None,  # noqa: ARG002  (Lightning's signature)
    ) -> None:
        """Write it; until it is there, the one before is.

        Raises:
            RunError: If it cannot be written, as on a full disk.
        """
        file = Path(path)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with whole(file) as temporary, temporary.open("wb") as stream:
                torch.save(checkpoint, stream)
        except (OSError, RuntimeError) as error:  # torch says a full disk in its own words
            raise RunError(
                f"The checkpoint {file} cannot be written: {one_line(error)}. Make room; the same"
                " command then goes on from the one before."
            ) from error


def remove_halves(folder: Path) -> None:
    """Remove what a killed process had written of a checkpoint: it may be hundreds of megabytes."""
    for name in (BEST, LAST):
        for half in folder.glob(f"{name}.*.tmp"):
            half.unlink(missing_ok=True)


def choose_checkpoint(folder: Path, module: nn.Module) -> Path | None:
    """Return the checkpoint to go on from: the last, or the best so far where that is damaged.

    Args:
        folder: Where they lie.
        module: What is trained, as Lightning gets it: its weights' names and sizes must be theirs.

    Returns:
        None where training has not come to its first.

    Raises:
        RunError: If there are some, all of them damaged.
    """
    damages = []
    for file in (folder / LAST, folder / BEST):
        if not file.is_file():
            continue
        try:
            check_checkpoint(read_checkpoint(file), file, module)
        except RunError as error:
            damages.append(str(error))
            continue
        if damages:
            logger.warning("%s Going on from %s instead.", damages[0], file.name)
        else:
            logger.info("Going on from the last checkpoint.")
        return file
    if damages:
        raise RunError(f"{damages[0]} Delete {folder}, and the same command trains anew.")
    return None


def read_checkpoint(file: Path) -> dict[str, Any]:
    """Read a checkpoint as data, never as code.

    Raises:
        RunError: If it is not a whole one.
    """
    try:
        with zipfile.ZipFile(file) as archive:  # torch itself compares no checksums
            if part := archive.testzip():
                raise zipfile.BadZipFile(f"{part} is not what was written")
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged archive fails in a dozen ways
        raise RunError(f"{file} is damaged: {one_line(error, 80)}.") from error
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("state_dict"), dict):
        raise RunError(f"{file} is damaged: it holds no weights.")
    return checkpoint


def check_checkpoint(checkpoint: dict[str, Any], file: Path, module: nn.Module) -> None:
    """Compare a checkpoint with what is trained.

    Raises:
        RunError: If it lacks something that going on needs, or is of another network.
    """
    for key, kind in NEEDED.items():
        if not isinstance(checkpoint.get(key), kind):
            raise RunError(f"{file} is damaged: its {key!r} is no {kind.__name__}.")
    sizes = {name: tensor.shape for name, tensor in module.state_dict().items()}
    stored = checkpoint["state_dict"]
    if stored.keys() != sizes.keys() or any(
        not isinstance(stored[name], torch.Tensor) or stored[name].shape != sizes[name]
        for name in sizes
    ):
        raise RunError(f"{file} is damaged: it is of another network than this run's.")
