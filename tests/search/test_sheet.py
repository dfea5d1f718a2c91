from prodcat.search.hits import SimilarProduct
from prodcat.search.sheet import asked_product, write_sheet
from prodcat.search.similar import SimilarProducts
from tests.model_files import build_model_dir
from tests.toy import draw_corpus


def test_a_sheet_holds_all_it_shows_and_no_marks_of_strangers(tmp_path):
    corpus = draw_corpus(tmp_path / "shop", products=40)
    model = build_model_dir(tmp_path / "model")
    with SimilarProducts.build(corpus, model=model) as similar:
        asked = asked_product(similar, "toy:1000")
        hits = similar.find(id="toy:1000")
        evil = SimilarProduct("<i>", 0.5, ("<b>",), "<script>alert(1)</script>", 3.5, None)
        write_sheet(similar, [(asked, hits), (evil, [evil])], tmp_path / "s.html")

    page = (tmp_path / "s.html").read_text("utf-8")
    with_pictures = sum(one.picture is not None for one in (asked, *hits))
    assert page.count("data:image/jpeg;base64,") == with_pictures > 0
    assert all(hit.name in page for hit in hits)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http" not in page
    assert "3.50" in page


def test_a_broken_picture_is_none(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    corpus = draw_corpus(tmp_path / "shop", products=20)
    with SimilarProducts.build(corpus, model=build_model_dir(tmp_path / "model")) as similar:
        one = SimilarProduct("1", 1.0, (), "", None, broken)
        write_sheet(similar, [(one, [])], tmp_path / "s.html")
    assert "no picture" in (tmp_path / "s.html").read_text("utf-8")
