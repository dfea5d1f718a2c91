"""One evaluation of the odd table, which the tests of what is made of it share."""

import pytest

from prodcat.trial.evaluating import evaluate
from tests.model_files import build_model_dir
from tests.trial.tables import write_rows


@pytest.fixture(scope="session")
def six_words(tmp_path_factory):
    """A model of six words, named so."""
    return build_model_dir(tmp_path_factory.mktemp("models") / "six-words")


@pytest.fixture(scope="session")
def no_pictures(tmp_path_factory):
    """The same model without its picture encoder."""
    return build_model_dir(tmp_path_factory.mktemp("models") / "no-pictures", image=False)


@pytest.fixture(scope="session")
def odd(six_words, no_pictures, tmp_path_factory):
    """The odd table, evaluated with both models."""
    table = write_rows(tmp_path_factory.mktemp("tables") / "labelled.csv")
    return evaluate(table, [six_words, no_pictures])
