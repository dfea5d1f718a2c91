import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.errors import TableError
from prodcat.tables.parquet_footer import read_row_groups
from prodcat.tables.table import open_table


@pytest.fixture(scope="module")
def written() -> bytes:
    """Three row groups, with texts, numbers, lists, nothing at all, and sorted statistics."""
    count = 250
    table = pa.table(
        {
            "name": [f"product {number % 7}" for number in range(count)],
            "price": pa.array([number / 3 for number in range(count)], pa.float64()),
            "tags": [["a", "b"][: number % 3] for number in range(count)],
            "seller": [{"id": number, "is_new": number % 2 == 0} for number in range(count)],
            "nothing": pa.nulls(count),
        }
    )
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=100, write_page_index=True)
    return stream.getvalue()


def test_it_says_what_pyarrow_says(written):
    metadata = pq.ParquetFile(io.BytesIO(written)).metadata
    groups = read_row_groups(io.BytesIO(written))
    assert [group.rows for group in groups] == [100, 100, 50]
    for number, group in enumerate(groups):
        theirs = metadata.row_group(number)
        assert len(group.chunks) == theirs.num_columns == 6
        for place, chunk in enumerate(group.chunks):
            their = theirs.column(place)
            assert chunk.path == their.path_in_schema
            assert chunk.is_bytes == (their.physical_type == "BYTE_ARRAY")
            assert (chunk.unpacked, chunk.packed) == (
                their.total_uncompressed_size,
                their.total_compressed_size,
            )
            assert chunk.data_offset == their.data_page_offset
            assert chunk.dictionary_offset == (
                their.dictionary_page_offset if their.has_dictionary_page else None
            )


def test_numbers_at_which_pyarrow_ends_the_process_do_not_end_ours(tmp_path):
    stream = io.BytesIO()
    pq.write_table(pa.table({"id": ["1", "2"], "name": ["boots", None]}), stream)
    optional, required = b"\x15\x0c\x25\x02\x18", b"\x15\x0c\x25\x00\x18"
    assert stream.getvalue().count(optional) == 2
    file = tmp_path / "products.parquet"
    # The first column may not be absent any more, but its levels are counted as if it could.
    file.write_bytes(stream.getvalue().replace(optional, required, 1))
    table = open_table(file)
    assert table.count() == 2
    with pytest.raises(TableError, match=r"products\.parquet cannot be read: .*mismatch"):
        list(table.rows())


@pytest.mark.parametrize(
    ("footer", "reason"),
    [
        (b"", "breaks off"),
        (b"\x19", "breaks off"),
        # Lists of lists, and structs of structs.
        (b"\x49" + b"\x19" * 1000, "none of Parquet"),
        (b"\x1c" * 1000, "none of Parquet"),
        # A list of more than there is, and a number without end.
        (b"\x49\xfc\xff\xff\xff\xff\x0f", "none of Parquet"),
        (b"\x16" + b"\xff" * 30, "none of Parquet"),
        # A map, and a text longer than the footer.
        (b"\x1b\x01\x88", "none of Parquet"),
        (b"\x18\xff\x7f", "breaks off"),
    ],
)
def test_a_footer_that_is_none_is_told_in_a_line(footer, reason):
    data = b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    with pytest.raises(ValueError, match=reason):
        read_row_groups(io.BytesIO(data))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1PAR1", b"PAR1\xff\xff\xff\x7fPAR1"])
def test_a_file_without_a_footer_is_told(data):
    with pytest.raises(ValueError, match="it has no footer"):
        read_row_groups(io.BytesIO(data))
