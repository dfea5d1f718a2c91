import pytest

from prodcat.config import RunConfig, load_config
from prodcat.errors import ConfigError
from prodcat.training.presets import PRESETS, load_preset


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_complete_and_names_only_settings_that_there_are(name):
    assert isinstance(load_preset(name), RunConfig)


def test_the_default_preset_is_our_recommendation():
    assert load_preset() == load_config() == RunConfig()


def test_an_unknown_preset_lists_those_that_there_are():
    with pytest.raises(ConfigError, match=r"Unknown preset 'turbo'.*fast, default, best"):
        load_preset("turbo")


def test_a_file_changes_the_preset_and_single_changes_the_file(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text("train: {lr: 0.25, max_epochs: 7}\nmodel:\n")
    config = load_preset("fast", file, ["train.max_epochs=9"])
    assert config.train.lr == 0.25
    assert config.train.max_epochs == 9
    assert config.train.patience == PRESETS["fast"]["train"]["patience"]
    assert config.model.encoders == "bundled"


def test_changes_leave_the_preset_as_it_is():
    load_preset("fast", overrides=["train.lr=0.5", "export.name_view=1"])
    assert load_preset("fast").train.lr != 0.5
    assert load_preset("fast").export.name_view == 0.0


def test_a_section_that_is_none_in_a_file_is_told(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text("train: 3\n")
    with pytest.raises(ConfigError, match="train is a section"):
        load_preset("fast", file)


def test_fixed_encoders_learn_from_no_other_model():
    with pytest.raises(ConfigError, match=r"model\.start"):
        load_preset("fast", overrides=["model.start=runs/old"])
