from tests.tables.files import rows
from tests.toy import draw_products, write_products


def test_surplus_commas_of_a_kaggle_line_belong_to_the_name(tmp_path):
    folder = write_products(tmp_path, "kaggle", products=60)
    products = rows(folder)
    expected = draw_products(60)
    assert [r.name.replace(",", "") for r in products] == [p.name for p in expected]
    assert products[0].name.count(",") == 2
    assert [r.category for r in products] == [p.path for p in expected]
    assert products[0].image == folder / "images" / "1000.jpg"
    assert rows(folder / "styles.csv") == products
