from prodcat.decision.accuracies import ACCURACIES, DEFAULT_ACCURACY, HEADLINE_ACCURACY


def test_the_accuracies_are_shares_from_the_lowest_to_the_highest():
    assert list(ACCURACIES) == sorted(set(ACCURACIES))
    assert all(0 < accuracy < 1 for accuracy in ACCURACIES)


def test_the_default_and_the_headline_are_among_them():
    assert {DEFAULT_ACCURACY, HEADLINE_ACCURACY} <= set(ACCURACIES)
