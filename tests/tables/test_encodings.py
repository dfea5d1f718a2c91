"""Encodings, found out from all of a file; damage is told, and is not passed on."""

import pytest

from prodcat.errors import InputError, TableError
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table import open_table
from tests.tables.files import rows, write

TEXT = "id;name\r\n1;Übergröße – Café\r\n2;Señor «M»\r\n"


def encoded(path, text, *codec):
    path.write_bytes(text.encode(*codec))
    return path


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_the_encoding_and_line_ends_are_found(tmp_path, codec, label, end):
    path = encoded(tmp_path / "a.csv", TEXT.replace("\r\n", end), codec)
    table = open_table(path)
    assert [row.name for row in table.rows()] == ["Übergröße – Café", "Señor «M»"]
    assert f"encoding {label}" in table.notes


def test_a_letter_at_the_end_of_a_long_file_tells_its_encoding(tmp_path):
    path = encoded(
        tmp_path / "a.csv", "id,name\n" + f"1,{'plain ' * 500}\n" * 500 + "2,é\n", "cp1252"
    )
    assert rows(path)[-1].name == "é"


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("mac-roman", "1,café été\r"),
        ("cp1250", "1,żółta ciąża\n"),
        ("iso8859-2", "1,śliska ciąża\n"),
    ],
)
def test_usual_encodings_of_other_systems_are_found(tmp_path, codec, text):
    end = text[-1]
    path = encoded(tmp_path / "a.csv", f"id,name{end}{text}", codec)
    assert [row.name for row in rows(path)] == [text[2:-1]]


def test_signs_of_windows_1252_are_not_taken_for_polish(tmp_path):
    text = "id,name\n1,100 cm³ ¿Qué? ¿que? 5±1 señor\n"
    assert rows(encoded(tmp_path / "a.csv", text, "cp1252"))[0].name == text[10:-1]


@pytest.mark.parametrize("codec", ["cp1251", "shift_jis", "gb18030"])
def test_another_encoding_is_asked_for_not_guessed(tmp_path, codec):
    text = {"cp1251": "Синие джинсы"}.get(codec, "青いジーンズ")
    path = encoded(tmp_path / "a.csv", f"id,name\n1,{text}\n", codec)
    with pytest.raises(TableError, match="--encoding"):
        open_table(path)
    assert rows(path, read_as=ReadAs(encoding=codec))[0].name == text


def test_latin_1_means_windows_1252(tmp_path):
    path = encoded(tmp_path / "a.csv", "id,name\n1,“é”\n", "cp1252")
    for name in ("latin-1", "ISO-8859-1", "ascii", "windows-1252"):
        assert rows(path, read_as=ReadAs(encoding=name))[0].name == "“é”"


@pytest.mark.parametrize("name", ["klingon", "rot13", "hex", ""])
def test_an_encoding_that_is_none_is_told(name):
    with pytest.raises(InputError, match="no encoding"):
        ReadAs(encoding=name)


def test_rows_in_windows_1252_among_utf8_are_read_and_told(tmp_path):
    (tmp_path / "a.csv").write_bytes("id,name\n1,Größe über\n".encode() + b"2,na\xefve\n3,x\n")
    products = rows(tmp_path / "a.csv")
    assert [row.name for row in products] == ["Größe über", "naïve", "x"]
    told = ("text that is not UTF-8, read as Windows-1252",)
    assert [row.problems for row in products] == [(), told, ()]


def test_a_text_that_is_damaged_is_left_out_and_told(tmp_path):
    text = "id,name,description\n1,Größe über,ß\n".encode() + b"2,Gr\xc3\xb6\xff,ok\n"
    (tmp_path / "a.csv").write_bytes(text)
    row = rows(tmp_path / "a.csv")[1]
    assert (row.name, row.description, row.problems) == ("", "ok", ("text that is not UTF-8",))


def test_a_letter_that_was_lost_before_is_told(tmp_path):
    path = encoded(tmp_path / "a.csv", "id,name\n1,32\ufffd jeans\n2,a\n")
    assert [row.problems for row in rows(path)] == [("text in which a letter was lost before",), ()]


def test_a_category_that_lost_a_letter_is_none(tmp_path):
    path = encoded(tmp_path / "a.csv", "id,name,category\n1,a,H > K\ufffdche\n2,b,H > Bad\n")
    damaged, whole = rows(path)
    assert (damaged.name, damaged.category) == ("a", ())
    assert "category in which a letter was lost before" in damaged.problems
    assert whole.category == ("H", "Bad")


def test_damage_in_json_is_told(tmp_path):
    lines = ['{"id": 1, "name": "Größe"}', '{"id": 2, "name": "na?ve"}', '{"id": 3, "name": "ß#"}']
    data = "\n".join(lines).encode().replace(b"?", b"\xef").replace(b"#", b"\xff")
    (tmp_path / "a.jsonl").write_bytes(data)
    products = rows(tmp_path / "a.jsonl")
    assert [row.name for row in products] == ["Größe", "naïve", ""]
    assert products[2].problems == ("text that is not UTF-8",)


def test_what_is_no_text_is_told(tmp_path):
    (tmp_path / "a.csv").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(TableError, match="it is no text"):
        open_table(tmp_path / "a.csv")


def test_text_once_read_in_a_wrong_encoding_is_mended_and_told(tmp_path):
    path = write(
        tmp_path / "a.csv",
        "id,name,category\n1,GrÃ¶ÃŸe 38,Damen > SchÃ¼rzen\n2,Fahrrad â€“ neu,RÃ¤der\n"
        "3,MAÇÃ,Ãœber\n4,Größe Ã©,Räder\n",
    )
    found = rows(path)
    assert [(row.name, row.category) for row in found] == [
        ("Größe 38", ("Damen", "Schürzen")),
        ("Fahrrad – neu", ("Räder",)),
        ("MAÇÃ", ("Über",)),
        # Part of it is right: it is not known what the rest was.
        ("Größe Ã©", ("Räder",)),
    ]
    told = ("text that was once read in a wrong encoding, mended",)
    assert [row.problems for row in found] == [told, told, told, ()]
