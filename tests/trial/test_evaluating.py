import json

import pytest
from sklearn.metrics import f1_score

import prodcat
from prodcat.errors import InputError, ModelNotFoundError, TableError
from prodcat.measures.significance import mcnemar
from prodcat.trial.evaluating import EvaluateOptions, evaluate
from tests.model_files import LEAVES, encoded
from tests.trial.tables import OUTCOMES, ROWS, write_rows, write_with_pictures


def outcomes(evaluation, place=0):
    answers = evaluation.models[place].answers
    return {p.id: a.outcome for p, a in zip(evaluation.products, answers, strict=True)}


def test_right_wrong_and_abstained_are_told_apart(odd):
    assert outcomes(odd) == OUTCOMES


def test_shares_are_those_of_all_labelled_products(odd):
    measures = odd.models[0].measures

    assert odd.n == 10
    # Boots, sandals, and the bag; "shoes" has boots for its best leaf, the first of two alike.
    assert measures["accuracy"].value == pytest.approx(0.3)
    # Of ten, one is not answered; of nine answers, five are right.
    assert measures["coverage"].value == pytest.approx(0.9)
    assert measures["accuracy_reached"].value == pytest.approx(5 / 9)
    assert odd.models[0].promise.verdict == "broken"
    assert (odd.models[0].promise.right, odd.models[0].promise.answered) == (5, 9)


def test_macro_f1_is_that_of_another_library(odd, six_words):
    taught = odd.models[0]
    rows = [
        (" > ".join(p.label).lower(), " > ".join(a.leaf).lower())
        for p, a in zip(odd.products, taught.answers, strict=True)
        if [n.strip().lower() for n in p.label] in [[n.lower() for n in leaf] for leaf in LEAVES]
    ]
    assert len(rows) == taught.n_taught == 5

    expected = f1_score(*zip(*rows, strict=True), average="macro")

    assert taught.taught["macro_f1"].value == pytest.approx(expected)


def test_labels_that_are_no_leaf_stand_apart(odd):
    model = odd.models[0]

    assert [(c.label, c.products) for c in model.lacking] == [
        (("Shoes", "Clogs"), 2),
        (("Garden", "Spades"), 1),
    ]
    assert [(c.label, c.products) for c in model.above] == [(("Shoes",), 2)]
    assert [(c.label, c.path) for c in model.respelled] == [
        (("shoes", "SANDALS"), ("Shoes", "Sandals"))
    ]


def test_rows_without_a_label_or_anything_to_read_are_counted_by_reason(odd):
    reasons = {r.reason: (r.count, r.rows, r.answered) for r in odd.left_out}

    assert reasons == {
        "no label": (1, (7,), False),
        "nothing that a model can read": (1, (8,), False),
    }
    assert odd.rows == len(ROWS)


def test_models_that_answer_alike_cannot_be_told_apart(odd):
    [pair] = odd.pairs

    assert (pair.first, pair.second, pair.better) == ("six-words", "no-pictures", None)
    assert pair.mcnemar.both_right == 3
    assert pair.differences["accuracy"].value == 0


def test_the_better_of_two_models_is_told(six_words, no_pictures, tmp_path):
    (tmp_path / "green.jpg").write_bytes(encoded("#00ff00"))
    # Only the picture tells that they are sandals.
    rows = [(str(i), "blue", "Shoes > Sandals", "green.jpg") for i in range(20)]
    table = write_rows(tmp_path / "t.csv", rows, header=("id", "name", "category", "image"))

    [pair] = evaluate(table, [no_pictures, six_words]).pairs

    assert (pair.mcnemar.only_first, pair.mcnemar.only_second) == (0, 20)
    assert pair.mcnemar.p == mcnemar(0, 20)
    assert pair.better == "six-words"
    assert pair.differences["accuracy"].value == 1
    assert pair.differences["accuracy"].significant


def test_broken_pictures_and_rows_stop_nothing(six_words, no_pictures, tmp_path):
    table = write_with_pictures(tmp_path)

    found = evaluate(
        table,
        [six_words, no_pictures],
        options=EvaluateOptions(image_root=tmp_path / "pictures"),
    )

    assert [product.id for product in found.products] == ["a", "b", "c", "d"]
    assert {r.reason: (r.rows, r.answered) for r in found.left_out} == {
        "a line that cannot be read": ((7,), False),
        "a label that cannot be read": ((6,), False),
        "nothing that a model can read": ((5,), False),
        "a picture that cannot be read": ((3,), True),
        "a part that cannot be read": ((4,), True),
    }
    assert [p.picture is not None for p in found.products] == [True, True, False, True]
    # A model that sees no pictures has nothing to go by, and that counts against it.
    assert outcomes(found, 1)["b"] == "abstained"
    assert found.models[1].answers[1].reason == "nothing to read"
    assert not found.models[1].answers[1].leaf_is_right


def test_pictures_of_many_products_are_not_kept(six_words, tmp_path, monkeypatch):
    monkeypatch.setattr("prodcat.trial.pictures.FEW", 2)
    options = EvaluateOptions(image_root=tmp_path / "pictures")
    table = write_with_pictures(tmp_path)

    assert not any(p.picture for p in evaluate(table, six_words, options=options).products)
    kept = EvaluateOptions(image_root=tmp_path / "pictures", pictures=True)
    assert any(p.picture for p in evaluate(table, six_words, options=kept).products)


def test_one_split_alone_can_be_taken_and_training_is_pointed_out(six_words, tmp_path):
    rows = [("1", "boots", "Shoes > Boots", "train"), ("2", "bag", "Bags", "test")]
    table = write_rows(tmp_path / "t.csv", rows, header=("id", "name", "category", "split"))

    everything = evaluate(table, six_words)
    test = evaluate(table, six_words, options=EvaluateOptions(split="test"))

    assert "1 products are marked as those of training" in everything.notes[0]
    assert [product.id for product in test.products] == ["2"]
    assert test.notes == ()


def test_labels_in_levels_and_with_another_separator(six_words, tmp_path):
    rows = [("1", "boots", "Shoes", "Boots"), ("2", "bag", "Bags", "")]
    levels = write_rows(tmp_path / "levels.csv", rows, header=("id", "name", "kind", "type"))
    paths = write_rows(
        tmp_path / "paths.csv", [("1", "boots", "Shoes/Boots")], header=("id", "name", "path")
    )

    by_level = evaluate(levels, six_words, options=EvaluateOptions({"category": "kind,type"}))
    by_path = evaluate(paths, six_words, options=EvaluateOptions({"category": "path"}, "/"))

    assert by_level.models[0].n_taught == 2
    assert by_path.models[0].n_taught == 1


def test_a_table_of_another_tree_says_so(six_words, tmp_path):
    table = write_rows(tmp_path / "t.csv", [("1", "boots", "Tools")])

    [note] = evaluate(table, six_words).notes

    assert "No label is a category that six-words answers" in note
    assert "'Tools'" in note
    assert "'Shoes > Boots'" in note


def test_a_corpus_is_a_table_too(toy_corpus, six_words):
    found = evaluate(toy_corpus, six_words, options=EvaluateOptions(pictures=False))

    assert found.n + sum(r.count for r in found.left_out if not r.answered) == found.rows
    assert found.columns["category"] == ("category",)
    assert found.models[0].lacking


def test_the_bundled_model_is_the_default(tmp_path):
    rows = [
        ("1", "Nike Men Blue Running T-shirt", "Men", "Apparel", "Topwear", "Tshirts"),
        ("2", "Casio Women Watch", "women", "accessories", "watches", "watches"),
    ]
    header = ("id", "name", "gender", "masterCategory", "subCategory", "articleType")
    table = write_rows(tmp_path / "t.csv", rows, header=header)

    found = prodcat.evaluate(table)

    assert [model.name for model in found.models] == ["bundled"]
    assert found.models[0].measures["accuracy"].value == 1
    assert found.models[0].promise.verdict == "too few to tell"
    assert [count.products for count in found.models[0].respelled] == [1]


@pytest.mark.parametrize(
    ("rows", "header", "error"),
    [
        (ROWS, ("id", "name"), "no column that looks like the category. It has: id, name."),
        ([("1", "boots", "")], ("id", "name", "category"), "1 with no label"),
        ([], ("id", "name", "category"), "no labelled product to evaluate on. It has no rows."),
    ],
)
def test_a_table_without_labels_is_told_in_one_line(six_words, tmp_path, rows, header, error):
    table = write_rows(tmp_path / "t.csv", rows, header=header)

    with pytest.raises(TableError) as raised:
        evaluate(table, six_words)

    assert error in str(raised.value)
    assert "\n" not in str(raised.value)


def test_wrong_models_and_accuracies_are_told_before_anything_is_answered(six_words, tmp_path):
    table = write_rows(tmp_path / "t.csv")

    with pytest.raises(ModelNotFoundError):
        evaluate(table, tmp_path / "nowhere")
    with pytest.raises(InputError):
        evaluate(table, six_words, accuracy=1.5)
    with pytest.raises(InputError, match="Name a model"):
        evaluate(table, [])
    with pytest.raises(InputError, match="split"):
        evaluate(table, six_words, options=EvaluateOptions(split="test"))


def test_all_of_it_is_plain_data(odd):
    data = json.loads(json.dumps(odd.to_dict(), allow_nan=False))

    assert data["products"] == len(data["answers"]) == 10
    assert data["models"][0]["promise"]["verdict"] == "broken"
    assert data["answers"][0]["models"]["six-words"]["category"] == "Shoes > Boots"
    assert data["models"][0]["labels_lacking"][0] == {"label": "Shoes > Clogs", "products": 2}
    assert "answers" not in odd.to_dict(products=False)
