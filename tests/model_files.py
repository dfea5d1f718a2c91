"""A small model directory that really answers, without training anything.

Its graphs add up a vote of each known word and a vote of the picture's mean
colour, so that text and picture both count and each may be missing:

- ``shoes`` is for boots and sandals alike, ``boots``, ``sandals``, ``bag`` and
  ``jeans`` are for one leaf each; other words say nothing.
- red is for boots, green for sandals, blue for jeans; black says nothing.
"""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

import prodcat
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.taxonomy.tree import Taxonomy

BOOTS = ("Shoes", "Boots")
SANDALS = ("Shoes", "Sandals")
BAGS = ("Bags",)
JEANS = ("Clothes", "Trousers", "Jeans")
LEAVES = (BOOTS, SANDALS, BAGS, JEANS)

VOTES = {  # of a word, for each leaf
    "boots": (6.0, 0.0, 0.0, 0.0),
    "sandals": (0.0, 6.0, 0.0, 0.0),
    "shoes": (4.0, 4.0, 0.0, 0.0),
    "bag": (0.0, 0.0, 6.0, 0.0),
    "jeans": (0.0, 0.0, 0.0, 6.0),
    "blue": (0.0, 0.0, 0.0, 0.0),
}
COLOURS = (  # of full red, green and blue, for each leaf
    (9.0, 0.0, 0.0, 0.0),
    (0.0, 9.0, 0.0, 0.0),
    (0.0, 0.0, 0.0, 9.0),
)
TOKENS = ("input_ids", "attention_mask")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
HEIGHT, WIDTH = 8, 6
THRESHOLDS: dict[float, float | None] = {0.95: 0.75, 0.98: 0.9}


def encoded(colour: str, format: str = "JPEG") -> bytes:
    """Draw a picture of one colour, as large as the model reads it."""
    stream = io.BytesIO()
    Image.new("RGB", (6, 8), colour).save(stream, format)
    return stream.getvalue()


def build_model_dir(
    folder: Path, *, text: bool = True, image: bool = True, size: tuple[int, int] = (HEIGHT, WIDTH)
) -> Path:
    """Write the model directory, which reads pictures of that height and width, and return it.

    Its threshold for an accuracy of 98 % was never reached for pictures alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(build_head_graph(text=text, image=image), folder / "head.onnx")
    if image:
        onnx.save(build_image_graph(*size), folder / "image.onnx")
    if text:
        onnx.save(build_text_graph(), folder / "text.onnx")
        build_tokenizer().save(str(folder / "tokenizer.json"))
    tree = Taxonomy.from_paths(LEAVES)
    labels = [" > ".join(path) for path in LEAVES]
    _write_json(folder / "taxonomy.json", {"taxonomy": tree.to_dict(), "labels": labels})
    _write_json(folder / "calibration.json", build_calibration().to_dict())
    (folder / "MODEL_CARD.md").write_text("# A model for tests\n\nIt knows six words.\n")
    write_model_json(folder, text=text, image=image, size=size)
    return folder


def write_model_json(
    folder: Path,
    *,
    text: bool = True,
    image: bool = True,
    size: tuple[int, int] = (HEIGHT, WIDTH),
    **changes: Any,
) -> None:
    """Write ``model.json`` for the files as they are now."""
    files = {
        file.name: {
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "bytes": file.stat().st_size,
        }
        for file in sorted(folder.iterdir())
        if file.is_file() and file.name not in {"model.json", "MODEL_CARD.md"}
    }
    described = {
        "format": 2,
        "name": "six-words",
        "prodcat": prodcat.__version__,
        "text": {"encoder": "bag of words", "max_tokens": 16} if text else None,
        "image": (
            {"encoder": "mean colour", "height": size[0], "width": size[1], "fit": "squash"}
            if image
            else None
        ),
        "name_view": 0.0,
        "limits": {"max_image_bytes": 1_000_000, "max_image_pixels": 1_000_000},
        "default_accuracy": 0.95,
        "files": files,
    }
    _write_json(folder / "model.json", {**described, **changes})


def build_calibration() -> Calibration:
    """Temperature 1 for whatever a product has; thresholds as `THRESHOLDS`."""
    patterns = ["name", "description", "image", "name+description", "name+image"]
    patterns += ["description+image", "name+description+image"]
    calibrated = {
        pattern: PatternCalibration(temperature=1.0, thresholds=dict(THRESHOLDS), n=100)
        for pattern in patterns
    }
    calibrated["image"] = PatternCalibration(
        temperature=2.0, thresholds={0.95: 0.75, 0.98: None}, n=100
    )
    return Calibration(patterns=calibrated, default_accuracy=0.95)


def build_tokenizer() -> Tokenizer:
    """Lower-cased words; pairs of texts are set apart as BERT does."""
    vocab = {word: index for index, word in enumerate((*SPECIAL, *VOTES))}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return tokenizer


def build_text_graph() -> onnx.ModelProto:
    """Build the text encoder, whose embedding is the votes of the words."""
    words = np.array([(0.0,) * len(LEAVES)] * len(SPECIAL) + list(VOTES.values()), np.float32)
    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["votes"], axis=0),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last_axis"], ["column"]),
        helper.make_node("Mul", ["votes", "column"], ["counted"]),
        helper.make_node("ReduceSum", ["counted", "tokens_axis"], ["text"], keepdims=0),
    ]
    inputs = [_input(name, TensorProto.INT64, ["B", "T"]) for name in TOKENS]
    constants = {
        "words": words,
        "tokens_axis": np.array([1], np.int64),
        "last_axis": np.array([-1], np.int64),
    }
    return _build("text", nodes, inputs, constants, len(LEAVES))


def build_image_graph(height: int = HEIGHT, width: int = WIDTH) -> onnx.ModelProto:
    """Build the image encoder, whose embedding is the mean colour from 0 to 1."""
    nodes = [
        helper.make_node("Cast", ["pixel_values"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels", "pixels_axes"], ["mean"], keepdims=0),
        helper.make_node("Div", ["mean", "full"], ["image"]),
    ]
    constants = {"full": np.array(255.0, np.float32), "pixels_axes": np.array([2, 3], np.int64)}
    inputs = [_input("pixel_values", TensorProto.UINT8, ["B", 3, height, width])]
    return _build("image", nodes, inputs, constants, len(COLOURS))


def build_head_graph(*, text: bool = True, image: bool = True) -> onnx.ModelProto:
    """Build the head: word votes plus colour votes, each only where present."""
    constants = {
        "colours": np.array(COLOURS, np.float32),
        "text_column": np.array(0, np.int64),
        "image_column": np.array(1, np.int64),
        "column_axis": np.array([1], np.int64),
    }
    inputs, nodes, parts = [], [], []
    if text:
        inputs.append(_input("text", TensorProto.FLOAT, ["B", len(LEAVES)]))
        nodes += _where_present("text", "text")
        parts.append("text_present")
    if image:
        inputs.append(_input("image", TensorProto.FLOAT, ["B", len(COLOURS)]))
        nodes += [
            helper.make_node("MatMul", ["image", "colours"], ["colour_votes"]),
            *_where_present("image", "colour_votes"),
        ]
        parts.append("image_present")
    nodes.append(helper.make_node("Sum", parts, ["logits"]))
    inputs.append(_input("present", TensorProto.BOOL, ["B", 2]))
    return _build("logits", nodes, inputs, constants, len(LEAVES))


def _build(
    output: str,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    constants: dict[str, Any],
    width: int,
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "six_words",
        inputs,
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["B", width])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def _where_present(part: str, votes: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Gather", ["present", f"{part}_column"], [f"{part}_has"], axis=1),
        helper.make_node("Cast", [f"{part}_has"], [f"{part}_flag"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", [f"{part}_flag", "column_axis"], [f"{part}_factor"]),
        helper.make_node("Mul", [votes, f"{part}_factor"], [f"{part}_present"]),
    ]


def _input(name: str, kind: int, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def _write_json(file: Path, data: Any) -> None:
    file.write_text(json.dumps(data), encoding="utf-8")
