from dataclasses import replace

import pytest

from prodcat.config import RunConfig, config_from_dict
from prodcat.data.labels import LabelledRows, LearningTask
from prodcat.evaluation.card import LINES, with_measures
from prodcat.measures.interval import Interval
from prodcat.measures.measure import SetMeasures
from prodcat.measures.names import MEASURES
from prodcat.runs.records import RunMetrics, Selection, TrainingFacts
from prodcat.taxonomy.tree import Taxonomy
from prodcat.training.card import encoder_name, write_card_text
from tests.data.rows import row

PATHS = [("Shoes", "Boots"), ("Bags",)]
TREE = Taxonomy.from_paths(PATHS, version="spring-26")


def side(count):
    rows = tuple(row(str(i), name="x") for i in range(count))
    return LabelledRows(rows, (0,) * count, (PATHS[0],) * count)


TASK = LearningTask(
    taxonomy=TREE,
    leaf_ids=("Shoes > Boots", "Bags"),
    sides={"train": side(1200), "val": side(20), "test": side(30)},
    untaught={"train": side(0), "val": side(0), "test": side(0)},
    left_out={"train": {"category is not in the tree": 3}, "none": {"on no side": 4}},
)


def selection(name, accuracy, n):
    intervals = {
        "accuracy": Interval(accuracy, accuracy - 0.01, accuracy + 0.01),
        "macro_f1": Interval(0.75),
        "coverage_at_98": Interval(0.5, 0.4, 0.6),
        "path_coverage_at_98": Interval(0.7, 0.6, 0.8),
        "path_accuracy_at_98": Interval(0.99),
        "accuracy_at_98": Interval(),
    }
    return Selection(name, SetMeasures(n, intervals=intervals))


METRICS = RunMetrics(
    training=TrainingFacts(epochs=4, seconds=630.0),
    sides={
        "val": (selection("everything", 0.9, 20),),
        "test": (selection("everything", 0.8, 1030), selection("image only", 0.6, 25)),
    },
)


def card(config=None, metrics=METRICS):
    return write_card_text("shoes-1", TASK, config or RunConfig(), metrics)


@pytest.mark.parametrize(
    "line",
    [
        "# shoes-1",
        "Answers with one of 2 categories (tree version spring-26), given name, description,"
        " picture; any of them may be missing.",
        "- Text encoder: all-MiniLM-L6-v2, 48 word pieces, fine-tuned.",
        "- Image encoder: mobilenet_v2, 128x96 pixels (height x width), fine-tuned.",
        "- Fusion: concat. Seed 0. 4 epochs, 10 minutes.",
        "- Names are answered alone as well, with a weight of 1 beside everything.",
        "- Stored as ONNX, quantization: none.",
        "| measure | val, N = 20 | test, N = 1,030 |",
        "| leaf accuracy | 0.9000 (0.8900–0.9100) | 0.8000 (0.7900–0.8100) |",
        "| macro-F1 | 0.7500 | 0.7500 |",
        "| 98 % | test | 0.7000 (0.6000–0.8000) | 0.9900 | 0.5000 (0.4000–0.6000) | – |",
        "| image only | 25 | 0.6000 (0.5900–0.6100) | 0.7500 | 0.7000 (0.6000–0.8000) | 0.9900 |",
        "## Limits",
    ],
)
def test_the_card_says_what_it_is_and_how_good(line):
    assert line in card().splitlines()


def test_the_card_counts_the_products():
    text = card()
    assert "- Products: 1,200 for train, 20 for val, 30 for test." in text
    assert "- 7 products left out" in text


def test_the_card_tells_of_categories_that_are_too_small():
    pooled = replace(TASK, pooled={("Shoes", "Clogs"): ("Shoes",)}, untaught={"val": side(2)})
    text = write_card_text("x", pooled, RunConfig(), METRICS)
    assert "- 1 categories have fewer than 3 training products; these teach the nearest" in text
    assert "- 2 products are of categories too small to be taught" in text


def test_a_card_gets_other_measures_and_keeps_what_it_says_of_the_model():
    before = card()
    after = with_measures(before, replace(METRICS, sides={"val": METRICS.sides["val"]}), 0.9)
    assert after.partition("## Measured")[0] == before.partition("## Measured")[0]
    assert "| measure | val, N = 20 |" in after.splitlines()
    assert "at 90 % confidence" in after


def test_every_measure_has_a_line_and_what_is_not_known_a_dash():
    lines = card().splitlines()
    for measure in LINES:
        title = MEASURES[measure].on_card
        assert any(line.startswith(f"| {title} |") for line in lines)
    assert "| top-5 accuracy | – | – |" in lines


def test_tables_have_as_many_cells_in_each_row():
    tables = [line for line in card().splitlines() if line.startswith("|")]
    by_width = [line.count("|") for line in tables]
    assert set(by_width) == {4, 7}


def test_the_notes_of_the_settings_stand_on_it():
    config = config_from_dict({"export": {"about": "Data: the shop's own, not to be shared.\n"}})
    assert "Data: the shop's own, not to be shared." in card(config).splitlines()
    assert "none" not in [line.strip() for line in card().splitlines()]


def test_frozen_encoders_and_integers_are_told():
    config = config_from_dict(
        {
            "text": {"frozen": True},
            "image": {"frozen": True, "encoder": "resnet18"},
            "export": {"quantize": "int8"},
        }
    )
    text = card(config)
    assert text.count(", frozen.") == 2
    assert "- Image encoder: resnet18," in text
    assert "quantization: int8." in text


@pytest.mark.parametrize(
    ("off", "given", "gone"),
    [
        ("text", "given picture;", "Text encoder"),
        ("image", "given name, description;", "Image encoder"),
    ],
)
def test_an_encoder_that_is_not_there_is_not_named(off, given, gone):
    text = card(config_from_dict({off: {"encoder": "none"}}))
    assert given in text
    assert gone not in text


def test_the_folder_that_an_encoder_came_from_is_not_named():
    text = card(config_from_dict({"text": {"encoder": "/home/eve/weights/my-bert"}}))
    assert "- Text encoder: my-bert," in text
    assert "/home" not in text
    assert encoder_name("my-bert") == "my-bert"


def test_without_test_products_the_card_says_so():
    metrics = replace(METRICS, sides={"val": METRICS.sides["val"]})
    lines = card(metrics=metrics).splitlines()
    assert "The corpus has no test products." in lines
    assert "| measure | val, N = 20 |" in lines


def test_the_card_is_silent_where_nothing_was_left_out():
    whole = replace(TASK, left_out={})
    assert "left out" not in write_card_text("x", whole, RunConfig(), METRICS)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"text": {"layers": 2, "vocabulary": "seen"}},
            "- Text encoder: all-MiniLM-L6-v2 with 2 of its layers and the word pieces that"
            " training saw, 48 word pieces, fine-tuned.",
        ),
        (
            {"distill": {"teachers": ["a"], "weight": 0.25}},
            "- It learnt from what another model answers, too: 25% of its loss.",
        ),
        (
            {"distill": {"teachers": ["a", "b"]}},
            "- It learnt from what 2 other models answer in the mean, too: 50% of its loss.",
        ),
    ],
)
def test_it_says_how_a_student_was_made(settings, line):
    assert line in card(config_from_dict(settings)).splitlines()
