"""The check of a built wheel, on wheels that are not what the repository holds."""

import subprocess
import zipfile

import pytest

from tests.wheel import REPOSITORY, differences, tracked_files

ABOUT = "prodcat-1.2.0.dist-info"
PACKED = {
    "prodcat/__init__.py": "one",
    "prodcat/page.html": "two",
    f"{ABOUT}/METADATA": "Name: prodcat\nVersion: 1.2.0\n",
    f"{ABOUT}/entry_points.txt": "[console_scripts]\n",
}


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    (folder / "prodcat").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "prodcat"\nversion = "1.2.0"\n')
    for name in ("prodcat/__init__.py", "prodcat/page.html"):
        (folder / name).write_text(PACKED[name])
    return folder


@pytest.fixture
def check(repository, tmp_path):
    def check_wheel(packed):
        wheel = tmp_path / "prodcat.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in packed.items():
                archive.writestr(name, text)
        return differences(wheel, repository, ["prodcat/__init__.py", "prodcat/page.html"])

    return check_wheel


def test_a_wheel_of_all_files_has_no_differences(check):
    assert check(PACKED) == []


def test_a_template_that_was_left_out_is_missing(check):
    packed = {name: text for name, text in PACKED.items() if name != "prodcat/page.html"}

    assert check(packed) == ["missing: prodcat/page.html"]


def test_a_file_that_git_does_not_know_is_named(check):
    assert check(PACKED | {"prodcat/draft.py": ""}) == ["not tracked: prodcat/draft.py"]


def test_a_file_of_an_older_build_is_named(check):
    assert check(PACKED | {"prodcat/page.html": "old"}) == ["differs: prodcat/page.html"]


def test_a_wheel_of_another_version_is_refused(check):
    older = {name.replace("1.2.0", "1.1.0"): text for name, text in PACKED.items()}

    assert check(older) == ["It is not prodcat 1.2.0."]


def test_metadata_of_another_version_are_named(check):
    stale = PACKED | {f"{ABOUT}/METADATA": "Name: prodcat\nVersion: 1.1.0\n"}

    assert check(stale) == ["its metadata say version 1.1.0"]


def test_a_wheel_without_the_command_is_named(check):
    packed = {name: text for name, text in PACKED.items() if "entry_points" not in name}

    assert check(packed) == ["it installs no command"]


def test_templates_pictures_and_the_bundled_model_are_among_the_tracked_files():
    try:
        files = tracked_files(REPOSITORY)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("This is no git checkout, so what belongs to it is not known.")

    kinds = {name.rpartition(".")[2] for name in files}
    assert {"py", "typed", "html", "css", "js", "jpg", "onnx", "json"} <= kinds
    assert {name.partition("/")[0] for name in files} == {"prodcat", "crawler"}
