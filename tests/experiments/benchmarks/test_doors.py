from experiments.benchmarks import doors
from prodcat.tables.table import open_table


def run(seconds):
    cpu = 2 * seconds
    return {"rows": 100, "seconds": seconds, "cpu_seconds": cpu, "peak_mb": 300.0, "bytes": 1}


def test_ratios_are_of_the_same_round():
    runs = {
        doors.PLAIN: [run(0.1), run(0.1)],
        "parquet of paths to parquet": [run(1.0), run(10.0)],
        "csv of paths to parquet": [run(2.0), run(10.0)],
    }

    section = doors.lay_out(runs)

    assert section.rows[0][:3] == [doors.PLAIN, "1,000", "1.000 (1.000–1.000)"]
    assert section.rows[2][:5] == [
        *("csv of paths to parquet", "30", "0.750 (0.500–1.000)", "0.750 (0.500–1.000)", "≥ 0.97"),
    ]


def test_both_tables_hold_the_same_products(products_file, tmp_path):
    doors.write_tables(products_file, tmp_path, 24)

    def read(name):
        rows = open_table(tmp_path / name).rows()
        pictures = (
            r.image if isinstance(r.image, bytes | None) else r.image.read_bytes() for r in rows
        )
        texts = [(row.name, row.description) for row in open_table(tmp_path / name).rows()]
        return list(zip(texts, pictures, strict=True))

    assert read("products.csv") == read("products.parquet")


def test_each_kind_is_written_and_removed(setup, products_file, tmp_path):
    doors.write_tables(products_file, tmp_path, 24)
    before = sorted(tmp_path.iterdir())
    for table, kind in doors.CASES.values():
        found = doors.run_case(vars(setup), str(tmp_path / table), kind, rows=24)
        assert found["bytes"] > 0
    assert sorted(tmp_path.iterdir()) == before
