"""Learning from what other models answer."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from prodcat.config import config_from_dict
from prodcat.corpus.store import Corpus
from prodcat.data.labels import build_task
from prodcat.errors import ConfigError, ModelNotFoundError
from prodcat.evaluation.answers import product_of_row
from prodcat.evaluation.cascading import write_cascade
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import Handover
from prodcat.modeldir.reading import read_model_dir
from prodcat.training.fit import train
from prodcat.training.losses import TeacherLoss
from prodcat.training.teachers import ask_teachers
from tests.training.runs import toy_config, toy_settings


@pytest.fixture
def corpus(toy_corpus, tmp_path):
    """A copy of the toy corpus that a test may change."""
    shutil.copytree(toy_corpus.parent, tmp_path / "toy")
    with Corpus.open(tmp_path / "toy" / toy_corpus.name) as opened:
        yield opened


@pytest.fixture
def task(corpus, toy_encoder):
    return build_task(corpus, toy_config(toy_encoder).data)


def ask(teachers, task, corpus, folder):
    return ask_teachers(list(map(str, teachers)), task, corpus, folder / "asked.npy")


def expected(model, task, corpus):
    rows = task.sides["train"].rows
    logits = Predictor.load(model).logits([product_of_row(row, corpus) for row in rows])
    return torch.from_numpy(logits).log_softmax(dim=1)


def test_teachers_answer_with_log_probabilities_of_each_training_product(
    toy_run, task, corpus, tmp_path
):
    found = ask([toy_run / "model"], task, corpus, tmp_path)
    torch.testing.assert_close(
        found.float(), expected(toy_run / "model", task, corpus), atol=0.01, rtol=0.01
    )


def test_two_teachers_teach_their_mean(toy_run, task, corpus, tmp_path):
    other = shutil.copytree(toy_run / "model", tmp_path / "blind")
    description = json.loads((other / "model.json").read_text())
    description["name_view"] = 0.0
    (other / "model.json").write_text(json.dumps(description))
    mean = sum(expected(m, task, corpus) for m in (toy_run / "model", other)) / 2
    found = ask([toy_run / "model", other], task, corpus, tmp_path)
    torch.testing.assert_close(found.float(), mean, atol=0.01, rtol=0.01)


def test_of_a_cascade_the_larger_network_teaches(toy_run, task, corpus, tmp_path):
    model = read_model_dir(toy_run)
    (tmp_path / "both").mkdir()
    everything = Handover(0.0, 0.0, 7.0, tuple(range(len(model.labels))))
    write_cascade(model, model, everything, tmp_path / "both")
    found = ask([tmp_path / "both"], task, corpus, tmp_path)
    torch.testing.assert_close(found.float(), expected(toy_run, task, corpus), atol=0.01, rtol=0.01)


def test_what_was_asked_is_asked_once(toy_run, task, corpus, tmp_path, monkeypatch):
    found = ask([toy_run / "model"], task, corpus, tmp_path)
    monkeypatch.setattr(Predictor, "logits", lambda *_: pytest.fail("asked again"))
    assert torch.equal(ask([toy_run / "model"], task, corpus, tmp_path), found)


def test_a_product_that_a_teacher_cannot_read_teaches_its_label(toy_run, task, corpus, tmp_path):
    side = task.sides["train"]
    broken = {
        row.image_sha256: place
        for place, row in enumerate(side.rows)
        if row.image_sha256 and not row.name and not row.description
    }
    assert broken
    sha256, place = next(iter(broken.items()))
    corpus.images.path(sha256).write_bytes(b"no picture")
    found = ask([toy_run / "model"], task, corpus, tmp_path)
    assert found[place].argmax() == side.labels[place]
    assert found[place].exp().max() > 0.999


def test_a_broken_picture_leaves_the_teacher_the_text(toy_run, task, corpus, tmp_path):
    rows = task.sides["train"].rows
    place = next(i for i, row in enumerate(rows) if row.image_sha256 and row.name)
    corpus.images.path(rows[place].image_sha256).write_bytes(b"no picture")
    found = ask([toy_run / "model"], task, corpus, tmp_path)[place]
    text = Predictor.load(toy_run / "model").logits(
        [product_of_row(rows[place], corpus, ("name", "description"))]
    )[0]
    torch.testing.assert_close(
        found.float(), torch.from_numpy(text).log_softmax(dim=0), atol=0.01, rtol=0.01
    )


def with_unknown(task, *, products):
    """The task with one category more, that the first of the products have."""
    unknown = next(c for c in task.taxonomy.categories if c not in task.leaf_ids)
    train = task.sides["train"]
    labels = (len(task.leaf_ids),) * products + train.labels[products:]
    sides = task.sides | {"train": replace(train, labels=labels)}
    return replace(task, leaf_ids=(*task.leaf_ids, unknown), sides=sides)


def test_products_of_a_category_that_a_teacher_does_not_know_teach_their_label(
    toy_run, task, corpus, tmp_path
):
    larger = with_unknown(task, products=2)
    found = ask([toy_run / "model"], larger, corpus, tmp_path)
    assert found[:2].argmax(dim=1).tolist() == [len(task.leaf_ids)] * 2
    assert found[2:, -1].exp().max() < 1e-6
    theirs = expected(toy_run / "model", task, corpus)[2:]
    torch.testing.assert_close(found[2:, :-1].float(), theirs, atol=0.01, rtol=0.01)


def test_a_teacher_that_does_not_know_the_categories_of_many_is_refused(
    toy_run, task, corpus, tmp_path
):
    larger = with_unknown(task, products=len(task.sides["train"].rows) // 2)
    with pytest.raises(ConfigError, match=r"does not know 1 of the .* such as"):
        ask([toy_run / "model"], larger, corpus, tmp_path)


def test_a_teacher_that_is_not_there_is_told(task, corpus, tmp_path):
    with pytest.raises(ModelNotFoundError, match="No model in"):
        ask([tmp_path / "nowhere"], task, corpus, tmp_path)


def test_the_loss_is_nothing_for_the_teachers_own_answer_and_grows_with_the_distance():
    answers = torch.tensor([[0.0, -2.0], [-2.0, 0.0]]).log_softmax(dim=1)
    loss = TeacherLoss(answers.half(), temperature=2.0)
    rows = torch.tensor([1])
    same, near, far = (
        loss(logits, rows).item() for logits in (answers[1:] + 3, torch.zeros(1, 2), -answers[1:])
    )
    assert same == pytest.approx(0, abs=1e-3)
    assert 0.1 < near < far


def test_the_loss_by_hand():
    loss = TeacherLoss(torch.tensor([[0.75, 0.25]]).log(), temperature=1.0)
    found = loss(torch.zeros(1, 2), torch.tensor([0])).item()
    assert found == pytest.approx(0.75 * np.log(1.5) + 0.25 * np.log(0.5), abs=1e-6)


@pytest.mark.slow
def test_a_student_of_one_layer_learns_from_its_teacher_alone(
    toy_corpus, toy_encoder, toy_run, tmp_path
):
    settings = toy_settings(toy_encoder, max_epochs=8)
    settings["text"] |= {"layers": 1, "vocabulary": "seen"}
    settings["distill"] = {"teachers": [str(toy_run / "model")], "weight": 1.0}
    result = train(toy_corpus, config_from_dict(settings), tmp_path / "student")
    assert result.metrics.selections("test")[0].measures["accuracy"].value > 0.8
    assert "teachers.npy" in {file.name for file in (tmp_path / "student/checkpoints").iterdir()}
    teacher = json.loads((toy_run / "metrics.json").read_text())
    assert result.metrics.cost.model_bytes < teacher["cost"]["model_bytes"]
