"""Settings of baselines: read, changed, refused in one line."""

import pytest
import yaml

from experiments.baselines.config import (
    BASELINES,
    BagOfWordsConfig,
    LateFusionConfig,
    NearestConfig,
    TfidfConfig,
    baseline_from_dict,
    load_baseline,
)
from prodcat.errors import ConfigError
from prodcat.settings import config_to_dict

SVC = {"kind": "tfidf_svc"}
NEAREST = {"kind": "nearest"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tfidf_svc", TfidfConfig),
        ("tfidf_logreg", TfidfConfig),
        ("bag_of_words", BagOfWordsConfig),
        ("late_fusion", LateFusionConfig),
        ("nearest", NearestConfig),
    ],
)
def test_each_kind_has_its_own_settings(kind, expected):
    assert type(baseline_from_dict({"baseline": {"kind": kind}}).baseline) is expected
    assert kind in BASELINES


def test_settings_survive_being_written(tmp_path):
    config = baseline_from_dict(
        {"baseline": {**SVC, "reads": ["name", "description"]}, "data": {"min_products": 5}}
    )
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config_to_dict(config)))
    assert load_baseline(tmp_path / "run.yaml") == config


def test_a_setting_is_changed_by_the_command_line(tmp_path):
    (tmp_path / "svc.yaml").write_text("baseline: {kind: tfidf_svc}")
    changes = ["baseline.reads=[description]", "data.min_products=7"]
    config = load_baseline(tmp_path / "svc.yaml", changes)
    assert config.baseline.reads == ("description",)
    assert config.data.min_products == 7


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "not None"),
        ({}, "the section baseline is missing"),
        ({"baseline": SVC, "train": {"lr": 1}}, "Unknown setting train"),
        ({"baseline": {"kind": "svm"}}, "baseline.kind is 'svm'. Choose one of: tfidf_svc"),
        ({"baseline": {"kind": ["tfidf_svc"]}}, "Choose one of"),
        ({"baseline": {**SVC, "read": ["name"]}}, "Did you mean baseline.reads"),
        ({"baseline": {**SVC, "reads": "name"}}, r"expected a list, such as \[name\]"),
        ({"baseline": {**SVC, "reads": ["image"]}}, "Choose one of: name, description"),
        ({"baseline": {**SVC, "reads": []}}, "or both"),
        ({"baseline": {**SVC, "reads": ["name", "name"]}}, "or both"),
        ({"baseline": {**SVC, "c": 0}}, r"baseline.c \(0.0\) must be above 0"),
        ({"baseline": {**SVC, "words": 0}}, "must be 1 or more"),
        ({"baseline": {**SVC, "least_characters": 6}}, "must be from 1 to"),
        ({"baseline": {"kind": "bag_of_words", "patience": 0}}, "baseline.patience"),
        ({"baseline": {"kind": "bag_of_words", "lr": -1}}, "baseline.lr"),
        ({"baseline": {"kind": "late_fusion", "runs": ["one"]}}, "two or more different runs"),
        ({"baseline": {"kind": "late_fusion", "runs": ["one", "one"]}}, "two or more different"),
        ({"baseline": {"kind": "late_fusion", "runs": ["one", "../two"]}}, "names '../two'"),
        ({"baseline": {"kind": "late_fusion", "runs": ["one", ".."]}}, "names '..'"),
        ({"baseline": {**NEAREST, "features": []}}, "name one or more"),
        ({"baseline": {**NEAREST, "features": ["shape"]}}, "Choose one of: pixels"),
        ({"baseline": {**NEAREST, "neighbours": 0}}, "must be 1 or more"),
        ({"baseline": {**NEAREST, "height": 8}}, "must be 16 or more"),
        ({"baseline": {**NEAREST, "sharpness": -1}}, "must not be negative"),
        ({"baseline": {**NEAREST, "features": ["run"]}}, "name one run"),
        ({"baseline": {**NEAREST, "runs": ["cnn"]}}, "none without them"),
        ({"baseline": {**NEAREST, "features": ["run"], "runs": ["../cnn"]}}, "names '../cnn'"),
    ],
)
def test_nonsense_is_refused_in_one_line(data, reason):
    with pytest.raises(ConfigError, match=reason) as caught:
        baseline_from_dict(data)
    assert "\n" not in str(caught.value)
