"""Settings: read, changed, refused in one line."""

import pytest
import yaml

from prodcat.config import RunConfig, config_from_dict, load_config
from prodcat.errors import ConfigError
from prodcat.settings import config_to_dict


def refused(data):
    with pytest.raises(ConfigError) as caught:
        config_from_dict(data)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_defaults_need_no_file():
    assert load_config() == RunConfig()


def test_a_file_changes_what_it_names(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("train:\n  lr: 1e-2\ntext: {frozen: true}\n")
    config = load_config(file)
    assert (config.train.lr, config.text.frozen) == (0.01, True)
    assert config.train.max_epochs == RunConfig().train.max_epochs


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "train:\n"])
def test_an_empty_file_or_section_keeps_the_defaults(tmp_path, text):
    (tmp_path / "run.yaml").write_text(text)
    assert load_config(tmp_path / "run.yaml") == RunConfig()


def test_settings_survive_being_written(tmp_path):
    changes = ["train.lr=0.5", "image.encoder=none", "export.keep_weights=false", "train.seed=7"]
    config = load_config(None, changes)
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config_to_dict(config)))
    assert load_config(tmp_path / "run.yaml") == config


def test_plain_data_holds_every_setting():
    data = config_to_dict(RunConfig())
    assert set(data) == {"data", "text", "image", "model", "train", "distill", "export"}
    assert data["text"]["pooling"] == "mean"
    assert config_from_dict(data) == RunConfig()


@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("train.lr=1e-3", "train", "lr", 0.001),
        ("train.lr=2", "train", "lr", 2.0),
        ("train.max_epochs=1e1", "train", "max_epochs", 10),
        ("image.encoder=none", "image", "encoder", "none"),
        ("image.encoder=null", "image", "encoder", "none"),
        ("image.encoder=", "image", "encoder", "none"),
        ("image.augment=null", "image", "augment", "none"),
        ("text.frozen=true", "text", "frozen", True),
        ("text.frozen=false", "text", "frozen", False),
        ("train.precision=32", "train", "precision", "32"),
        ("train.compile=yes", "train", "compile", "yes"),
        ("train.compile=no", "train", "compile", "no"),
        ("train.compile='no'", "train", "compile", "no"),
        ("text.encoder=./a=b", "text", "encoder", "./a=b"),
        ("text.encoder=42", "text", "encoder", "42"),
        (" train.seed = 5", "train", "seed", 5),
    ],
)
def test_set_changes_one_value(override, section, key, value):
    found = getattr(getattr(load_config(None, [override]), section), key)
    assert found == value
    assert type(found) is type(value)


def test_later_changes_win_over_earlier_ones_and_over_the_file(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("train: {lr: 0.1, seed: 3}")
    config = load_config(file, ["train.lr=0.2", "train.lr=0.3"])
    assert (config.train.lr, config.train.seed) == (0.3, 3)


def test_set_reaches_into_a_section_that_the_file_leaves_empty(tmp_path):
    (tmp_path / "run.yaml").write_text("train:\n")
    assert load_config(tmp_path / "run.yaml", ["train.lr=0.2"]).train.lr == 0.2


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.lr", "Cannot read 'train.lr'. Write it as section.setting=value."),
        ("=3", "Cannot read '=3'. Write it as section.setting=value."),
        ("train.lr={", "Cannot read the value in 'train.lr={'."),
        ("train.lr=", "train.lr is None, expected float."),
        ("train.lr=fast", "train.lr is 'fast', expected float."),
        ("train.lr=[0.1, 0.2]", "train.lr is [0.1, 0.2], expected float."),
        ("train.lr=true", "train.lr is True, expected float."),
        ("train.lr=.nan", "train.lr is nan, expected float."),
        ("train.lr=.inf", "train.lr is inf, expected float."),
        ("train.seed=1.5", "train.seed is 1.5, expected int."),
        ("train.seed=.inf", "train.seed is inf, expected int."),
        ("text.frozen=1", "text.frozen is 1, expected bool."),
        ("text.frozen='true'", "text.frozen is 'true', expected bool."),
        ("text.encoder=[a, b]", "text.encoder is ['a', 'b'], expected str."),
        ("text.encoder={a: b}", "text.encoder is {'a': 'b'}, expected str."),
        ("model.fusion=sum", "model.fusion is 'sum'. Choose one of: concat, gated, attention."),
        ("train.compile=on_gpu", "train.compile is 'on_gpu'. Choose one of: auto, yes, no."),
        ("train.precision=yes", "train.precision is True. Choose one of: auto, 32, bf16."),
        (
            "model.fusion=[concat]",
            "model.fusion is ['concat']. Choose one of: concat, gated, attent",
        ),
        ("train=3", "train is a section of settings, not 3."),
        ("train.lr.high=3", "train.lr is {'high': 3}, expected float."),
        (
            "lr=3",
            "Unknown setting lr. Choose one of: data, text, image, model, train, distill, export.",
        ),
        ("trian.lr=3", "Unknown setting trian. Did you mean train?"),
        ("train.pacience=3", "Unknown setting train.pacience. Did you mean train.patience?"),
        (
            "model.zzz=3",
            "Unknown setting model.zzz. Choose one of: model.fusion, model.dim, model.",
        ),
    ],
)
def test_changes_that_cannot_be_are_refused(override, message):
    with pytest.raises(ConfigError) as caught:
        load_config(None, [override])
    assert str(caught.value).startswith(message)


def test_a_change_below_a_value_is_refused(tmp_path):
    (tmp_path / "run.yaml").write_text("train: {lr: 0.1}")
    with pytest.raises(ConfigError, match=r"^Unknown setting train\.lr\.high\.$"):
        load_config(tmp_path / "run.yaml", ["train.lr.high=1"])


@pytest.mark.parametrize(
    ("section", "settings", "message"),
    [
        ("data", {"min_products": 0}, "data.min_products (0) must be 1 or more."),
        ("data", {"val_share": 0}, "data.val_share (0.0) must be above 0, and with"),
        ("data", {"test_share": -0.1}, "data.val_share (0.1) must be above 0, and with"),
        ("data", {"val_share": 0.5, "test_share": 0.4}, "data.val_share (0.5) must be above 0"),
        ("data", {"workers": -1}, "data.workers (-1) must be 0 or more."),
        ("text", {"max_tokens": 3}, "text.max_tokens (3) must be 4 or more."),
        ("text", {"dropout": 1}, "text.dropout (1.0) must be from 0 to below 1."),
        ("text", {"drop": 1}, "text.drop (1.0) must be from 0 to below 1."),
        ("text", {"drop_name": -0.1}, "text.drop_name (-0.1) must be from 0 to below 1."),
        ("text", {"mask_name": 1.0}, "text.mask_name (1.0) must be from 0 to below 1."),
        ("text", {"drop_description": 2}, "text.drop_description (2.0) must be from 0 to below"),
        ("image", {"height": 15}, "image.height (15) must be from 16 to 1024 pixels."),
        ("image", {"width": 2000}, "image.width (2000) must be from 16 to 1024 pixels."),
        ("image", {"drop": 1}, "image.drop (1.0) must be from 0 to below 1."),
        ("model", {"dim": 4}, "model.dim (4) must be 8, 12, 16 …"),
        ("model", {"dim": 10}, "model.dim (10) must be 8, 12, 16 …"),
        ("model", {"dropout": 1}, "model.dropout (1.0) must be from 0 to below 1."),
        (
            "train",
            {"patience": 0},
            "train.patience (0) and train.max_epochs (5) must be 1 or more.",
        ),
        (
            "train",
            {"max_epochs": 0},
            "train.patience (3) and train.max_epochs (0) must be 1 or more.",
        ),
        ("train", {"lr": 0}, "train.lr (0.0) must be above 0."),
        ("train", {"text_lr": -1}, "train.text_lr (-1.0) must be above 0."),
        ("train", {"image_lr": 0}, "train.image_lr (0.0) must be above 0."),
        ("train", {"clip": 0}, "train.clip (0.0) must be above 0."),
        ("train", {"checkpoint_minutes": 0}, "train.checkpoint_minutes (0.0) must be above 0."),
        ("train", {"warmup": 1}, "train.warmup (1.0) must be from 0 to below 1."),
        ("train", {"label_smoothing": 1}, "train.label_smoothing (1.0) must be from 0 to below 1."),
        ("train", {"ema": 1}, "train.ema (1.0) must be from 0 to below 1."),
        ("train", {"weight_decay": -1}, "train.weight_decay (-1.0) must not be negative."),
        ("train", {"class_weights": -1}, "train.class_weights (-1.0) must not be negative."),
        ("train", {"balance": -1}, "train.balance (-1.0) must not be negative."),
        ("train", {"hierarchy_weight": -1}, "train.hierarchy_weight (-1.0) must not be negative."),
        ("train", {"side_loss": -1}, "train.side_loss (-1.0) must not be negative."),
        (
            "train",
            {"batch_size": 0},
            "train.batch_size (0) and train.devices (1) must be 1 or more",
        ),
        ("train", {"devices": 0}, "train.batch_size (64) and train.devices (0) must be 1 or more"),
        ("export", {"tolerance": 0}, "export.tolerance (0.0) must be above 0."),
        (
            "export",
            {"default_accuracy": 98},
            "export.default_accuracy (98.0) must be from 0.5 to 0.999",
        ),
        ("export", {"confidence": 1.0}, "export.confidence (1.0) must be a share"),
    ],
)
def test_values_out_of_range_are_refused(section, settings, message):
    assert refused({section: settings}).startswith(message)


def test_a_model_must_read_something():
    message = refused({"text": {"encoder": "none"}, "image": {"encoder": None}})
    assert (
        message == "text.encoder and image.encoder are both none: there is nothing to learn from."
    )


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"Cannot read settings from .*none\.yaml: No such file"):
        load_config(tmp_path / "none.yaml")


@pytest.mark.parametrize("data", [b"train: {", b"\xff\xfe\xfa", b"a: b: c"])
def test_a_file_that_is_not_yaml_is_told_in_one_line(tmp_path, data):
    (tmp_path / "run.yaml").write_bytes(data)
    with pytest.raises(ConfigError, match=r"run\.yaml is not YAML: ") as caught:
        load_config(tmp_path / "run.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["- train\n", "train\n", "3\n"])
def test_a_file_without_settings_is_told(tmp_path, text):
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"run\.yaml holds no settings"):
        load_config(tmp_path / "run.yaml")
