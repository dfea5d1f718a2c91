import json

from prodcat.modeldir.describe import describe_model
from prodcat.modeldir.reading import read_model_dir
from tests.model_files import build_model_dir


def test_the_description_is_plain_data(tmp_path):
    folder = build_model_dir(tmp_path)

    facts = describe_model(read_model_dir(folder))

    assert json.loads(json.dumps(facts)) == facts
    assert facts["categories"] == 4
    text = {"encoder": "bag of words", "max_tokens": 16, "description": "always"}
    assert facts["text"] == text
    assert facts["thresholds"]["image"] == {"0.95": 0.75, "0.98": None}
    assert facts["files"]["head.onnx"] == (folder / "head.onnx").stat().st_size
    assert facts["total_bytes"] == sum(file.stat().st_size for file in folder.iterdir())
