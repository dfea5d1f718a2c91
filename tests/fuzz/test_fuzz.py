import pytest

from tests.fuzz.fuzzing import Limits, fuzz
from tests.fuzz.kind import KINDS

FEW = 40
SHORT_MINUTES = 0.05
"""A few seconds for each kind; ten minutes are for ``python -m tests.fuzz``."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_few_inputs_of_each_kind_are_taken_or_refused(kind):
    outcome = list(fuzz(KINDS[kind], range(FEW), minutes=SHORT_MINUTES))[-1]
    assert outcome.findings == []


@pytest.mark.slow
def test_whatever_no_input_may_do_is_found(tmp_path):
    limits = Limits(seconds=3.0, bytes=150 << 20)
    module = "tests.fuzz.misbehaving"
    *_, outcome = fuzz(module, range(7), limits=limits, keep=tmp_path)
    assert [(f.seed, f.outcome) for f in outcome.findings] == [
        (2, "traceback"), (3, "hang"), (4, "memory"), (5, "died")
    ]  # fmt: skip
    assert outcome.counts["taken"] == 2
    assert outcome.counts["refused"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3", "4", "5"]
    assert "a bug" in (tmp_path / "2" / "finding.txt").read_text()
