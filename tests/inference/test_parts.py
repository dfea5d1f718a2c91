import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from prodcat.errors import ImageError, InputError
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import TextInput
from prodcat.modeldir.reading import read_model_dir
from tests.model_files import BOOTS, JEANS, SANDALS, build_model_dir

BROKEN = b"\xff\xd8\xff\xe0 but no picture"


def picture(colour, size=(12, 16)):
    return Image.new("RGB", size, colour)


def encoded(colour):
    stream = io.BytesIO()
    picture(colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("parts", [("name",), ("description",), ("image",), ("name", "image")])
def test_any_part_may_be_missing(predictor, parts):
    given = {"name": "boots", "desc": "boots", "image": picture("#ff0000")}
    wanted = {"description": "desc"}

    answer = predictor.predict(**{wanted.get(p, p): given[wanted.get(p, p)] for p in parts})

    assert (answer.path, answer.used) == (BOOTS, parts)


@pytest.mark.parametrize("nothing", [None, "", "  ", "<b></b>", float("nan"), np.nan])
def test_with_nothing_given_it_says_what_to_give(predictor, nothing):
    with pytest.raises(InputError, match="at least one of name, description, image"):
        predictor.predict(nothing, nothing, None)


@pytest.mark.parametrize("name", ["%%%%", "🙂🙂", " . ", "– – –"])
def test_a_text_without_a_letter_or_digit_says_nothing(predictor, name):
    assert predictor.predict("bag", name).used == ("name",)
    with pytest.raises(InputError, match="no letter or digit"):
        predictor.predict(name)


@pytest.mark.parametrize("nothing", [None, "", float("nan"), np.float32("nan")])
def test_a_missing_picture_is_none(predictor, nothing):
    assert predictor.predict("bag", image=nothing).used == ("name",)


def test_the_missing_values_of_data_frames_are_missing(predictor):
    pandas = pytest.importorskip("pandas")

    for nothing in (pandas.NA, pandas.NaT):
        assert predictor.predict("bag", nothing, nothing).used == ("name",)


@pytest.mark.parametrize("image", [BROKEN, b"", "/nowhere/shoe.jpg", np.zeros((4, 4))])
def test_a_picture_that_cannot_be_decoded_is_told(predictor, image):
    with pytest.raises(ImageError):
        predictor.predict("boots", image=image)


def test_the_model_sets_the_limits_of_pictures(predictor):
    with pytest.raises(ImageError, match="1,000,000"):
        predictor.predict("boots", image=picture("red", size=(2000, 2000)))


def test_text_of_a_wrong_type_is_told(predictor):
    with pytest.raises(InputError, match="list"):
        predictor.predict(["boots"])


def test_all_ways_to_give_a_picture_have_one_answer(predictor, tmp_path):
    (tmp_path / "shoe.png").write_bytes(encoded("#00ff00"))
    array = np.asarray(picture("#00ff00"))

    ways = [picture("#00ff00"), encoded("#00ff00"), array, tmp_path / "shoe.png"]
    answers = {predictor.predict(image=way) for way in [*ways, str(ways[3])]}

    assert [answer.path for answer in answers] == [SANDALS]


def test_a_model_of_text_alone_reads_no_picture(tmp_path):
    predictor = Predictor.load(build_model_dir(tmp_path, image=False))

    assert predictor.predict("bag", image=BROKEN).used == ("name",)
    with pytest.raises(InputError, match="reads no pictures"):
        predictor.predict(image=picture("red"))


def test_a_model_of_pictures_alone_reads_no_text(tmp_path):
    predictor = Predictor.load(build_model_dir(tmp_path, text=False))

    assert predictor.predict("bag", image=picture("#0000ff")).path == JEANS
    with pytest.raises(InputError, match="pictures only"):
        predictor.predict("bag")


def test_a_description_may_be_read_only_where_there_is_no_name(tmp_path):
    folder = build_model_dir(tmp_path)
    predictor = Predictor(replace(read_model_dir(folder), text=TextInput("words", 16, "alone")))

    both = predictor.predict("boots", "bag")
    assert both.used == ("name",)
    assert both == predictor.predict("boots")
    assert predictor.predict(None, "bag").used == ("description",)
