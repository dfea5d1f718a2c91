r"""Vectors of encoders that have never seen our labels, for simulations.

    python -m experiments.plain_vectors fashion.parquet all-MiniLM-L6-v2 \
        mobilenet_v2_in1k_v1_unfolded.safetensors --out vectors/

writes `name.npy`, `description.npy` and `picture.npy`, a row for each product in the order of the
table: means of the last layer over the tokens, and MobileNetV2's last layer; zeros where there is
no text or no picture. What is there already is not made anew.
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.errors import require
from prodcat.screen import progress_bar

AT_ONCE = 64
TOKENS = {"name": 32, "description": 64}
SIZE = (96, 128)
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def main() -> None:
    """Make the vectors that are not there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("text_encoder", type=Path, help="folder of a BERT")
    parser.add_argument("image_encoder", type=Path, help="weights of MobileNetV2, .safetensors")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    parquet = require("pyarrow.parquet", extra="bulk")
    for column in TOKENS:
        if not (file := options.out / f"{column}.npy").exists():
            texts = parquet.read_table(options.table, columns=[column])[column].to_pylist()
            np.save(file, embed_texts(texts, options.text_encoder, TOKENS[column]))
    if not (file := options.out / "picture.npy").exists():
        pictures = parquet.read_table(options.table, columns=["image"])["image"].to_pylist()
        np.save(file, embed_pictures(pictures, options.image_encoder))


def embed_texts(texts: Sequence[str | None], encoder: Path, tokens: int) -> Float32Array:
    """Return the mean of the last layer over the tokens of each text, (N, D)."""
    torch = require("torch", extra="train")
    transformers = require("transformers", extra="train")
    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder, trust_remote_code=False)
    model = transformers.AutoModel.from_pretrained(
        encoder, trust_remote_code=False, use_safetensors=True
    ).eval()
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        if text:
            places.setdefault(text, []).append(place)
    # Texts of about one length together, so that little is padded.
    order = sorted(places, key=len)
    vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
    with torch.inference_mode(), progress_bar("texts") as on_progress:
        for start in range(0, len(order), AT_ONCE):
            some = order[start : start + AT_ONCE]
            encoded = tokenizer(
                some, truncation=True, max_length=tokens, padding=True, return_tensors="pt"
            )
            last = model(**encoded).last_hidden_state
            weights = encoded["attention_mask"][:, :, None].float()
            means = ((last * weights).sum(dim=1) / weights.sum(dim=1)).numpy()
            for text, vector in zip(some, means, strict=True):
                vectors[places[text]] = vector
            on_progress(min(start + AT_ONCE, len(order)), len(order))
    return vectors


def embed_pictures(pictures: Sequence[Any], weights: Path) -> Float32Array:
    """Return MobileNetV2's last layer of each picture, (N, 1280)."""
    torch = require("torch", extra="train")
    torchvision = require("torchvision", extra="train")
    safetensors = require("safetensors.torch", extra="train")
    image = require("PIL.Image", extra="train")
    network = torchvision.models.mobilenet_v2()
    network.load_state_dict(safetensors.load_file(weights))
    network.classifier = torch.nn.Identity()
    network.eval()
    vectors = np.zeros((len(pictures), 1280), dtype=np.float32)
    with torch.inference_mode(), progress_bar("pictures") as on_progress:
        for start in range(0, len(pictures), AT_ONCE):
            places, batch = [], []
            for place in range(start, min(start + AT_ONCE, len(pictures))):
                data = pictures[place]
                data = data["bytes"] if isinstance(data, dict) else data
                try:
                    with image.open(io.BytesIO(data)) as opened:
                        pixels = np.asarray(opened.convert("RGB").resize(SIZE), np.float32) / 255
                except (TypeError, OSError):
                    continue
                places.append(place)
                batch.append((pixels - MEAN) / DEVIATION)
            if batch:
                inputs = torch.from_numpy(np.stack(batch).astype(np.float32)).permute(0, 3, 1, 2)
                vectors[places] = network(inputs).numpy()
            on_progress(min(start + AT_ONCE, len(pictures)), len(pictures))
    return vectors


if __name__ == "__main__":
    main()
