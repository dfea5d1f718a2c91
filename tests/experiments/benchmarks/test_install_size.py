import pytest

from experiments.benchmarks.install_size import ALONE, LIMIT_BYTES, OTHER, lay_out, sizes, verdict


@pytest.fixture
def packages(tmp_path):
    """A folder as an install leaves it: two libraries, a model, a stray file, byte code."""
    contents = {
        "prodcat/cli/commands.py": 10,
        "prodcat/models/default/text.onnx": 1000,
        "prodcat/__pycache__/cli.pyc": 5000,
        "numpy/core.so": 300,
        "stray.py": 7,
    }
    for name, size in contents.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
    for library, files in {
        "prodcat": ["prodcat/cli/commands.py", "prodcat/models/default/text.onnx", "../gone.py"],
        "numpy": ["numpy/core.so"],
    }.items():
        info = tmp_path / f"{library}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: 1.0\n")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    return tmp_path


def test_each_library_has_its_files_and_the_model_stands_apart(packages):
    found = sizes(packages)
    metadata = sum(file.stat().st_size for file in packages.glob("*.dist-info/*"))
    assert found.pop(OTHER) == 7 + metadata  # no library here lists its own metadata
    assert found == {"prodcat, bundled model": 1000, "numpy": 300, "prodcat": 10}


def install(**found):
    return {"sizes": found, "versions": {"numpy": "2.0"}}


def test_the_table_has_a_column_for_each_install():
    rows = lay_out({ALONE: install(numpy=2_000_000), "more": install(numpy=2_000_000, x=500_000)})
    assert rows.rows == [
        ["numpy", "2.0", "2.00", "2.00"],
        ["x", "", "–", "0.50"],
        ["in all", "", "2.00", "2.50"],
    ]


@pytest.mark.parametrize(("more", "said"), [(0, "less than"), (1, "MORE than")])
def test_the_install_is_held_against_the_limit(more, said):
    assert said in verdict({ALONE: install(numpy=LIMIT_BYTES + more)})
