import pytest

from prodcat.errors import AnalyzeError
from prodcat.runs import files as run_files
from prodcat.runs.files import flat_settings, read_json, read_settings

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
    monkeypatch.setattr(run_files.read_text, "__defaults__", (10,))
    (tmp_path / "metrics.json").write_text('{"a": 12345678}')

    with pytest.raises(AnalyzeError, match="is over 10 bytes"):
        read_json(tmp_path / "metrics.json")
