import pytest

from prodcat.errors import AnalyzeError
from prodcat.runs import files as run_files
from prodcat.runs.files import (
    flat_settings,
    read_cost,
    read_history,
    read_json,
    read_selections,
    read_settings,
    read_train_products,
)
from prodcat.runs.records import Cost, History

BOMB = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{p: *{before}, q: *{before}, r: *{before}, s: *{before}}}\n"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)


def test_settings_keep_their_shape_and_are_written_flat(tmp_path):
    (tmp_path / "c.yaml").write_text("train: {lr: 0.001, loss: null, ema: true}\nbaseline: {}\n")

    settings = read_settings(tmp_path / "c.yaml")

    assert settings["train"]["lr"] == 0.001
    assert flat_settings(settings) == {
        "train.lr": "0.001",
        "train.loss": "none",
        "train.ema": "true",
        "baseline": "{}",
    }


@pytest.mark.parametrize("path", ["/home/me/models/MiniLM", r"C:\models\MiniLM"])
def test_settings_do_not_tell_where_a_machine_keeps_its_files(path):
    assert flat_settings({"text": {"encoder": path}, "runs": [path, "b"]}) == {
        "text.encoder": "MiniLM",
        "runs": "MiniLM, b",
    }


def test_a_number_of_thousands_of_digits_is_not_written_out():
    assert flat_settings({"a": 10**5000}) == {"a": "over 1e300"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- a\n- b\n", "no names with values"),
        ("just words", "no names with values"),
        ("a: [1, 2", "is no YAML"),
        ("a: !!python/object:os.system x", "is no YAML"),
        pytest.param("[" * 1200, "is no YAML", marks=pytest.mark.slow),
        ("{" * 200 + "a: 1" + "}" * 200, "is no YAML|nested over"),
        ("a: " + "{b: " * 20 + "1" + "}" * 20, "nested over 8 deep"),
        ("a: &a {b: *a}", "nested over 8 deep"),
        (BOMB, "over 1,000 settings"),
        ("a: " + "x" * 2**20, "is over"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, text, reason):
    (tmp_path / "config.yaml").write_text(text)

    with pytest.raises(AnalyzeError, match=reason):
        read_settings(tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[1, 2]", "no names with values"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": -Infinity}', "is no number"),
        (b"{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b'{"a": "\xff"}', "no UTF-8"),
        (b'{"a": ' + b"1" * 5000 + b"}", "is no JSON"),
    ],
)
def test_json_that_cannot_be_is_refused(tmp_path, data, reason):
    (tmp_path / "metrics.json").write_bytes(data)

    with pytest.raises(AnalyzeError, match=reason):
        read_json(tmp_path / "metrics.json")


def test_a_file_over_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(run_files, "MAX_BYTES", 10)
    monkeypatch.setattr(run_files._read, "__defaults__", (10,))
    (tmp_path / "metrics.json").write_text('{"a": 12345678}')

    with pytest.raises(AnalyzeError, match="is over 10 bytes"):
        read_json(tmp_path / "metrics.json")


def test_history_is_read_by_column(tmp_path):
    (tmp_path / "h.csv").write_text("epoch,train_loss,val_loss\n1,0.5,\n2,nan,0.25\n")

    assert read_history(tmp_path / "h.csv") == History(
        (1, 2), {"train_loss": (0.5, None), "val_loss": (None, 0.25)}
    )


def test_a_run_without_epochs_has_no_history(tmp_path):
    assert read_history(tmp_path / "history.csv") == History()


@pytest.mark.parametrize(
    "text",
    ["loss\n1\n", "epoch,loss\none,2\n", "epoch,loss\n1,low\n", 'epoch,"loss\n1', "epoch\n\x00\n"],
)
def test_history_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "history.csv").write_text(text)

    with pytest.raises(AnalyzeError, match="no table of epochs"):
        read_history(tmp_path / "history.csv")


def test_measures_of_everything_come_first():
    measured = {"n": 3, "accuracy": {"value": 0.5, "low": None, "high": None}, "classes": 2}

    found = read_selections({"test": {"name only": measured, "everything": measured}}, "test")

    assert [one.name for one in found] == ["everything", "name only"]
    assert found[0].n == 3
    assert list(found[0].measures) == ["accuracy"]


@pytest.mark.parametrize(
    "metrics",
    [
        {"test": [1]},
        {"test": {"name only": {"n": 1}}},
        {"test": {"everything": 3}},
        {"test": {"everything": {"n": -1}}},
        {"test": {"everything": {"n": 1, "accuracy": {"value": "high"}}}},
        {"test": {"everything": {"n": 1, "accuracy": {"value": 1.5}}}},
        {"test": {"everything": {"n": 1, "accuracy": {"value": True}}}},
    ],
)
def test_measures_that_cannot_be_are_refused(metrics):
    with pytest.raises(AnalyzeError, match=r"metrics\.json"):
        read_selections(metrics, "test")


def test_costs_that_are_no_numbers_are_missing():
    found = read_cost({"training": {"epochs": "5", "seconds": "long"}, "cost": {"model_bytes": -1}})

    assert found == Cost(epochs=5)


def test_sizes_of_categories_that_are_no_counts_are_missing():
    data = {"train_products": {"A > B": 3, "C": -1, "D": 1.5, "E": None, "F\n": 2}}

    assert read_train_products({"data": data}) == {"A > B": 3, "F ": 2}
    assert read_train_products({"data": 3}) == {}
