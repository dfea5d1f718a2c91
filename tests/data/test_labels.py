import pytest

from prodcat.config import DataConfig
from prodcat.corpus.corrections import Correction, correct
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.data.labels import build_task
from prodcat.errors import CorpusError
from prodcat.taxonomy.tree import Taxonomy

TREE = Taxonomy.from_paths([("Shoes", "Boots"), ("Shoes", "Clogs"), ("Bags",)])


@pytest.fixture
def fill(tmp_path):
    """Return a function that makes a corpus of (category, side) pairs with a name each."""
    opened = []

    def fill(*products, **fields):
        corpus = Corpus.open(tmp_path / "corpus.db", create=True)
        opened.append(corpus)
        corpus.upsert_categories("shop", TREE)
        corpus.upsert_products(
            NewProduct(
                source="shop",
                source_id=f"{number:03}",
                name=f"Product {number}",
                category_id=category,
                split=side,
                **fields,
            )
            for number, (category, side) in enumerate(products)
        )
        return corpus

    yield fill
    for corpus in opened:
        corpus.close()


BOTH = [("Bags", "train"), ("Bags", "val"), ("Shoes > Boots", "train"), ("Shoes > Boots", "test")]


def test_each_product_gets_the_number_of_its_leaf(fill):
    task = build_task(fill(*BOTH), DataConfig(min_products=1))
    for side in task.sides.values():
        assert [task.leaf_ids[label] for label in side.labels] == [r.category_id for r in side.rows]
    assert {name: len(side.rows) for name, side in task.sides.items()} == {
        "train": 2,
        "val": 1,
        "test": 1,
    }
    assert task.left_out == {}


def test_what_people_decided_is_what_is_taught_and_is_told(fill):
    corpus = fill(*BOTH, ("Bags", "train"))
    correct(corpus, [Correction("shop:004", "Shoes > Boots"), Correction("shop:001", "Bags")])
    task = build_task(corpus, DataConfig(min_products=1))
    assert sorted(task.counts) == [1, 2]
    assert "2 of 5 labels are those that people decided on." in task.notes


def test_paths_and_counts_stand_in_the_order_of_the_logits(fill):
    task = build_task(fill(("Shoes > Boots", "train"), *BOTH), DataConfig(min_products=1))
    counts = dict(zip(task.leaf_paths, task.counts, strict=True))
    assert counts == {("Bags",): 1, ("Shoes", "Boots"): 2}


def test_only_training_products_make_a_category_large_enough(fill):
    clogs = [("Shoes > Clogs", side) for side in ("train", "train", "val", "val", "test")]
    task = build_task(fill(*BOTH, *BOTH, *BOTH, *clogs), DataConfig(min_products=3))
    assert set(task.leaf_ids) == {"Bags", "Shoes > Boots"}
    reason = "category has fewer than 3 training products"
    assert task.left_out == {"train": {reason: 2}, "val": {reason: 2}, "test": {reason: 1}}


def test_products_of_small_categories_teach_their_nearest_ancestor_that_is_large_enough(fill):
    boots = [("Shoes > Boots", side) for side in ("train", "val", "test")]
    clogs = [("Shoes > Clogs", side) for side in ("train", "train", "test")]
    bags = [("Bags", side) for side in ("train", "train", "train", "val")]
    task = build_task(fill(*boots, *clogs, *bags), DataConfig(min_products=3))
    assert set(task.leaf_paths) == {("Bags",), ("Shoes",)}
    shoes = task.leaf_ids.index("Shoes")
    test = task.sides["test"]
    assert test.labels == (shoes, shoes)
    assert set(test.paths) == {("Shoes", "Boots"), ("Shoes", "Clogs")}
    assert task.counts[shoes] == 3
    assert task.pooled == {("Shoes", "Boots"): ("Shoes",), ("Shoes", "Clogs"): ("Shoes",)}
    assert task.left_out == {}


def test_a_category_without_training_products_is_answered_with_what_is_taught_above_it(fill):
    shoes = [("Shoes", "train"), ("Shoes", "train")]
    task = build_task(
        fill(*BOTH, *BOTH, *shoes, ("Shoes > Clogs", "val")), DataConfig(min_products=2)
    )
    assert ("Shoes",) in task.leaf_paths
    val = task.sides["val"]
    [place] = [i for i, path in enumerate(val.paths) if path == ("Shoes", "Clogs")]
    assert task.leaf_paths[val.labels[place]] == ("Shoes",)


def test_products_of_what_stays_too_small_are_judged_all_the_same(fill):
    bags = [("Bags", "train"), ("Bags", "val"), ("Bags", "test"), ("Bags", "test")]
    shoes = [(f"Shoes > {leaf}", "train") for leaf in ("Boots", "Clogs") for _ in range(3)]
    val = ("Shoes > Boots", "val")
    task = build_task(fill(*bags, *shoes, val), DataConfig(min_products=3))
    assert [row.category_id for row in task.untaught["test"].rows] == ["Bags", "Bags"]
    judged = task.judged("test")
    assert judged.labels == (-1, -1)
    assert judged.paths == (("Bags",), ("Bags",))


def test_an_internal_node_with_products_of_its_own_is_a_leaf_of_the_task(fill):
    shoes = [("Shoes", "train")] * 2 + [("Shoes", "test")]
    task = build_task(fill(*BOTH, *BOTH, *shoes), DataConfig(min_products=2))
    assert set(task.leaf_paths) == {("Bags",), ("Shoes",), ("Shoes", "Boots")}
    assert task.counts[task.leaf_ids.index("Shoes")] == 2
    assert [r.category_id for r in task.sides["test"].rows].count("Shoes") == 1


def test_labels_that_the_tree_does_not_have_are_left_out_and_counted(fill):
    unknown = [("Hats", "train"), ("Hats", "train"), ("Hats", "val")]
    task = build_task(fill(*BOTH, *unknown), DataConfig(min_products=1))
    assert "Hats" not in task.leaf_ids
    reason = "category is not in the tree"
    assert task.left_out == {"train": {reason: 2}, "val": {reason: 1}}


def test_products_on_no_side_are_left_out_and_counted(fill):
    task = build_task(fill(*BOTH, ("Bags", ""), ("Bags", " ")), DataConfig(min_products=1))
    assert task.left_out == {"none": {"on no side of the corpus's split": 2}}


def test_products_without_any_part_are_left_out_and_counted(fill):
    corpus = fill(*BOTH)
    corpus.upsert_products(
        [NewProduct(source="shop", source_id="x", name="", category_id="Bags", split="train")]
    )
    task = build_task(corpus, DataConfig(min_products=1))
    assert task.left_out == {"train": {"neither name, description nor picture": 1}}
    assert task.counts == [1, 1]


def test_a_text_that_says_nothing_is_read_as_in_use(fill):
    corpus = fill(*BOTH)
    fields = {"source": "shop", "category_id": "Bags", "split": "train"}
    corpus.upsert_products(
        [
            NewProduct(**fields, source_id="x", name="-", description="&mdash; !"),
            NewProduct(**fields, source_id="y", name="-", description="Of red leather"),
        ]
    )
    task = build_task(corpus, DataConfig(min_products=1))
    assert task.left_out == {"train": {"neither name, description nor picture": 1}}
    [row] = [row for row in task.sides["train"].rows if row.id == "shop:y"]
    assert (row.name, row.description) == ("", "Of red leather")


def test_products_without_a_label_take_no_part(fill):
    task = build_task(fill(*BOTH, (None, "train")), DataConfig(min_products=1))
    assert sum(len(side.rows) for side in task.sides.values()) == 4
    assert task.left_out == {}


def test_the_toy_corpus_keeps_its_oddities_out(toy_corpus):
    with Corpus.open(toy_corpus, read_only=True) as corpus:
        task = build_task(corpus, DataConfig(val_share=0.2, test_share=0.2))
        rows = list(corpus.rows(with_category=True))
    taking_part = sum(len(side.rows) for side in task.sides.values())
    assert taking_part + sum(sum(r.values()) for r in task.left_out.values()) == len(rows)
    assert len(task.leaf_ids) == 8
    assert sum(len(task.sides[side].rows) > 0 for side in ("train", "val", "test")) == 3


def test_a_corpus_without_labels_says_what_to_do(fill):
    with pytest.raises(CorpusError, match=r"has no product with a category\. Import some with"):
        build_task(fill((None, "train")), DataConfig())


def test_one_category_is_too_few(fill):
    with pytest.raises(CorpusError, match=r"^1 categories have 2 or more training products; at"):
        build_task(fill(*BOTH, ("Bags", "train")), DataConfig(min_products=2))


def test_validation_needs_a_product_of_a_category_that_is_learnt(fill):
    products = [("Bags", "train"), ("Shoes > Boots", "train"), ("Shoes > Clogs", "val")]
    with pytest.raises(CorpusError, match=r"^No validation product .* of 1 on that side, all are"):
        build_task(fill(*products), DataConfig(min_products=1))


def test_products_without_a_part_that_the_model_reads_are_left_out(fill):
    corpus = fill(*BOTH, ("Bags", "train"))
    picture = corpus.images.put(b"as it is: nobody opens it")
    pictured = [
        NewProduct(source="shop", source_id=f"{n:03}", image_sha256=picture) for n in range(4)
    ]
    corpus.upsert_products(pictured)
    task = build_task(corpus, DataConfig(min_products=1), reads=False)
    assert len(task.sides["train"].rows) == 2
    assert task.left_out == {"train": {"no part that the model reads": 1}}


def test_pictures_that_are_lost_are_told_and_their_products_taken_without(fill):
    corpus = fill(*BOTH, image_sha256="a" * 64)
    task = build_task(corpus, DataConfig(min_products=1))
    assert {row.image_sha256 for side in task.sides.values() for row in side.rows} == {None}
    assert task.notes[-1].startswith("4 of 4 pictures are not in ")


def test_a_model_of_pictures_alone_is_refused_where_all_are_lost(fill):
    corpus = fill(*BOTH, image_sha256="a" * 64)
    with pytest.raises(CorpusError, match=r"None of the 4 pictures .* Put the folder of pictures"):
        build_task(corpus, DataConfig(min_products=1), reads=False)
