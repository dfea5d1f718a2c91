import re
from dataclasses import replace

from prodcat.trial import page as trial_page
from prodcat.trial.page import choose_products, render


def test_strangers_texts_are_escaped(odd):
    html = render(hostile(odd))

    assert "<script>hacked" not in html
    assert html.count("&lt;/script&gt;&lt;script&gt;hacked=1&lt;/script&gt;") > 6


def hostile(evaluation):
    """Return an evaluation in which every text from outside is hostile."""
    text = "\"'</script><script>hacked=1</script>"
    changed = {"label": (text, text), "path": (text,)}
    model = replace(
        evaluation.models[0],
        name=text,
        lacking=tuple(replace(count, **changed) for count in evaluation.models[0].lacking),
        answers=tuple(
            replace(answer, path=(text,), leaf=(text,), reason=text)
            for answer in evaluation.models[0].answers
        ),
    )
    return replace(
        evaluation,
        table=text,
        columns={"name": (text,)},
        products=tuple(
            replace(product, id=text, name=text, label=(text,)) for product in evaluation.products
        ),
        models=(model,),
        pairs=(replace(evaluation.pairs[0], first=text, better=text),),
        left_out=tuple(replace(reason, example=text) for reason in evaluation.left_out),
        notes=(text,),
    )


def test_the_page_needs_nothing_else(odd):
    html = render(odd)

    assert "default-src 'none'" in html
    assert re.findall(r"(?:src|href)=\"(?!data:|#)[^\"]*", html) == []


def test_it_tells_measures_promises_labels_and_rows_left_out(odd):
    html = render(odd)

    for text in (
        *("98 % broken: 5 of 9 answers are right", "cannot be told", "Clogs", "Lacking in the"),
        *("Spelled otherwise", "nothing that a model can read", "Macro-F1", "10 labelled"),
    ):
        assert text in html


def test_wrong_answers_come_first(odd):
    lines, pictures = choose_products(odd)

    firsts = [line.answers[0].outcome for line in lines]
    assert firsts == sorted(firsts, key=trial_page.ORDER.index)
    assert pictures == []


def test_of_many_products_and_pictures_there_are_as_many_as_there_is_room_for(odd, monkeypatch):
    pictured = replace(odd, products=tuple(replace(p, picture=b"abc") for p in odd.products))
    monkeypatch.setattr(trial_page, "LISTED", 3)
    monkeypatch.setattr(trial_page, "PICTURE_BYTES", 8)

    lines, pictures = choose_products(pictured)

    assert [line.picture for line in lines] == [0, 1, None]
    assert pictures == ["YWJj", "YWJj"]
