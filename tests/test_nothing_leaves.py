"""Nothing leaves the machine: no file is left behind, and nobody is looked for.

Each test starts a fresh process, whose home, caches and temporary folder are empty, and which the
system ends when it opens a socket to another machine. onnxruntime left alone fails in each.
"""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from prodcat.examples import FOLDER as EXAMPLES
from prodcat.inference.predictor import Predictor
from tests.barred import can_bar

pytestmark = pytest.mark.skipif(not can_bar(), reason="This system cannot bar a process.")

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDERS = {
    "home": ("HOME", "USERPROFILE"),
    "cache": ("XDG_CACHE_HOME", "LOCALAPPDATA"),
    "state": ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA"),
    "tmp": ("TMPDIR", "TEMP", "TMP"),
    "work": (),
}
"""Folder of a process → environment variables that name it."""
LINGER_S = 15
"""onnxruntime 1.31 looks for its collector 9 seconds after it was loaded."""

LEFT_ALONE = "import onnxruntime"
PREDICTING = "import prodcat\nassert not prodcat.predict('Blue denim jeans for women').abstained"
LINGERING = f"\nimport time\ntime.sleep({LINGER_S})"


class Process:
    """A fresh Python process that runs *code* where nobody was before.

    Args:
        folder: Where its folders are made.
        code: What it runs.
        files: Also end it when it makes a file.
    """

    def __init__(self, folder: Path, code: str, *, files: bool = False) -> None:
        self.folder = folder
        # None of CI's variables: onnxruntime is silent where it sees one.
        passed = ("PATH", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
        environment = {name: os.environ[name] for name in passed if name in os.environ}
        for name, variables in FOLDERS.items():
            (folder / name).mkdir()
            environment |= dict.fromkeys(variables, str(folder / name))
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from tests.barred import bar\nbar(files={files})\n{code}"],
            cwd=folder / "work",
            env=environment | {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self) -> int:
        """Wait for its end and return its exit code; minus a signal's number if that ended it."""
        output, _ = self.process.communicate(timeout=300)
        if self.process.returncode:
            print(output)  # pytest shows it where the test fails
        return self.process.returncode

    def left(self) -> set[str]:
        """Return the files that lie in its folders."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix() for path in files}


@pytest.fixture
def started(tmp_path):
    processes = []

    def start(code, **options):
        folder = tmp_path / f"process{len(processes)}"
        folder.mkdir()
        processes.append(Process(folder, code, **options))
        return processes[-1]

    yield start
    for process in processes:
        process.process.kill()
        process.process.communicate()


def test_a_prediction_makes_no_file(started):
    process = started(PREDICTING, files=True)

    assert process.end() == 0
    assert process.left() == set()


def test_a_pickled_predictor_makes_no_file_where_it_is_loaded(started):
    # As joblib, Spark and multiprocessing do: nothing of prodcat is loaded before it.
    load = "import pickle, sys; predictor = pickle.loads(bytes.fromhex({!r}))"
    predictor = Predictor.load()
    asked = "\nassert not predictor.predict('Blue denim jeans for women').abstained"
    process = started(load.format(pickle.dumps(predictor).hex()) + asked, files=True)

    assert process.end() == 0
    assert process.left() == set()


def test_onnxruntime_left_alone_makes_files(started):
    process = started(LEFT_ALONE)

    assert process.end() == 0
    if not process.left():
        pytest.skip("This onnxruntime has no telemetry, so these tests cannot fail.")
    assert "cache/Microsoft/DeveloperTools/.onnxruntime/deviceid" in process.left()


@pytest.mark.slow
def test_a_predictor_that_stays_looks_for_nobody(started):
    left_alone, process = started(LEFT_ALONE + LINGERING), started(PREDICTING + LINGERING)

    assert process.end() == 0
    code = left_alone.end()
    if code == 0:
        pytest.skip(f"Left alone, this onnxruntime looks for nobody within {LINGER_S} seconds.")
    assert code == -signal.SIGSYS


@pytest.mark.slow
def test_worker_processes_leave_nothing_but_the_answers(started):
    words = ["categorize", str(EXAMPLES / "products.jsonl"), "-o", "answers.parquet", "--processes"]
    process = started(f"if __name__ == '__main__':\n from prodcat.cli import main\n main({words})")

    assert process.end() == 0
    assert process.left() == {"work/answers.parquet"}


@pytest.mark.slow
def test_a_training_leaves_nothing_of_onnxruntime(started, toy_corpus, toy_encoder):
    process = started(
        "from pathlib import Path\n"
        "from prodcat.training.fit import train\n"
        "from prodcat.config import config_from_dict\n"
        "from tests.training.runs import toy_settings\n"
        f"settings = toy_settings(Path({str(toy_encoder)!r}), max_epochs=1, patience=1)\n"
        "config = config_from_dict(settings | {'export': {'quantize': 'int8'}})\n"
        f"train(Path({str(toy_corpus)!r}), config, Path('run'))\n"
    )

    assert process.end() == 0
    assert "work/run/model/text.onnx" in process.left()
    theirs = {name for name in process.left() if name.partition("/")[0] != "work"}
    assert [name for name in theirs if "onnxruntime" in name or name.endswith(".ses")] == []
