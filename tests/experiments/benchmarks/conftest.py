import io
import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

from experiments.benchmarks.answering.cases import Setup
from experiments.benchmarks.answering.contestants import fit_linear
from tests.model_files import build_model_dir
from tests.training.runs import toy_settings

KINDS = (
    ("Acme boots", "for rain", (255, 0, 0), ("Shoes", "Boots")),
    ("Acme sandals", "for sun", (0, 255, 0), ("Shoes", "Sandals")),
    ("Blue jeans", "", (0, 0, 255), ("Clothes", "Trousers", "Jeans")),
    ("Acme bag", "of wood", None, ("Bags",)),
)


def picture(colour):
    out = io.BytesIO()
    Image.new("RGB", (12, 16), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="session")
def products_file(tmp_path_factory):
    """A table of 24 products: each number is another name, each fourth of a kind."""
    file = tmp_path_factory.mktemp("speed") / "products.parquet"
    drawn = [(number, *KINDS[number % len(KINDS)]) for number in range(24)]
    columns = {
        "id": [str(number) for number, *_ in drawn],
        "name": [f"{name} {number}" for number, name, *_ in drawn],
        "description": [description for _, _, description, _, _ in drawn],
        "image": [picture(colour) if colour else None for *_, colour, _ in drawn],
        "category": [" > ".join(path) for *_, path in drawn],
        "split": ["test" if number < 4 else "train" for number, *_ in drawn],
    }
    pq.write_table(pa.table(columns), file)
    return file


@pytest.fixture(scope="session")
def setup(products_file, tmp_path_factory):
    """All that contestants without torch are made of, in toy sizes."""
    folder = tmp_path_factory.mktemp("setup")
    # About the least that the settings of torch allow.
    model = build_model_dir(folder / "model", size=(32, 24))
    told = json.loads((model / "model.json").read_text())
    # The graph is another; torch builds a network of this name.
    told["image"]["encoder"] = "small_cnn"
    (model / "model.json").write_text(json.dumps(told | {"name_view": 1.0}))
    linear = folder / "linear.pickle"
    assert fit_linear({}, str(products_file), str(linear), most=None)
    return Setup(1, model=str(model), linear=str(linear))


@pytest.fixture(scope="session")
def torch_setup(setup, toy_encoder, tmp_path_factory):
    """The same with what those with torch need."""
    config = tmp_path_factory.mktemp("config") / "settings.yaml"
    config.write_text(yaml.safe_dump(toy_settings(toy_encoder)))
    return replace(setup, config=str(config), encoder=str(toy_encoder))
