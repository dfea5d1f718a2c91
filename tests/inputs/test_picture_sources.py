import base64
from io import BytesIO, StringIO

import numpy as np
import pytest
import torch
from PIL import Image

from prodcat.errors import ImageError
from prodcat.inputs.images import ImageLimits, load_image, open_image

COLOURS = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)


def encode(kind="PNG", picture=COLOURS):
    file = BytesIO()
    Image.fromarray(picture).save(file, kind)
    return file.getvalue()


def base64_of(data):
    return base64.b64encode(data).decode()


def message(source, **limits):
    with pytest.raises(ImageError) as caught:
        open_image(source, limits=ImageLimits(**limits))
    return str(caught.value)


def same_pictures(tmp_path):
    data = encode()
    path = tmp_path / "picture.png"
    path.write_bytes(data)
    text = base64_of(data)
    at_its_end = BytesIO()
    at_its_end.write(data)
    floats = torch.tensor(COLOURS).double() / 255
    return {
        "BytesIO": BytesIO(data),
        "BytesIO at its end": at_its_end,
        "file": path.open("rb"),
        "bytes": {"bytes": data, "path": None},
        "bytes before path": {"bytes": data, "path": "not-there.png"},
        "path": {"bytes": None, "path": str(path)},
        "path alone": {"path": path},
        "base64": text,
        "base64 in lines": "\n".join(text[i : i + 60] for i in range(0, len(text), 60)),
        "base64 without padding": text.rstrip("="),
        "URL-safe base64": base64.urlsafe_b64encode(data).decode(),
        "URI": f"data:image/png;base64,{text}",
        "URI with a type's parameter": f"DATA:image/png;name=a.png;base64,{text}",
        "URI in percents": "data:image/png," + "".join(f"%{byte:02x}" for byte in data),
        "tensor, channels last": torch.tensor(COLOURS),
        "tensor, channels first": torch.tensor(COLOURS).permute(2, 0, 1),
        "floats": floats,
        "floats that learn": floats.permute(2, 0, 1).requires_grad_(),
    }


def test_every_form_of_a_picture_gives_the_same_pixels(tmp_path):
    sources = same_pictures(tmp_path)
    pixels = {form: np.asarray(open_image(source)) for form, source in sources.items()}
    sources["file"].close()
    assert [form for form, values in pixels.items() if not np.array_equal(values, COLOURS)] == []


def test_what_is_encoded_is_known_for_it(tmp_path):
    sources = same_pictures(tmp_path)
    encoded = {form for form, source in sources.items() if load_image(source) is not None}
    sources["file"].close()
    assert set(sources) - encoded == {name for name in sources if "tensor" in name or "fl" in name}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF"])
def test_base64_of_each_format_is_told_from_a_path(kind):
    large = np.zeros((64, 64, 3), dtype=np.uint8)
    assert open_image(base64_of(encode(kind, large))).size == (64, 64)


def test_a_path_that_looks_like_base64_is_a_path(tmp_path):
    folder = tmp_path / "9j"
    folder.mkdir()
    path = folder / ("a" * 60 + ".png")
    path.write_bytes(encode())
    assert open_image(str(path)).size == (7, 5)


def test_grey_and_transparent_tensors_open():
    assert open_image(torch.full((4, 6), 7, dtype=torch.uint8)).getpixel((0, 0)) == (7, 7, 7)
    assert open_image(torch.full((1, 4, 6), 7, dtype=torch.uint8)).size == (6, 4)
    assert open_image(torch.zeros((4, 8, 6))).getpixel((0, 0)) == (255, 255, 255)


def test_what_is_too_large_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(base64, "b64decode", lambda *_, **__: pytest.fail("it was decoded"))
    text = base64_of(encode() + bytes(200))
    for source in (text, f"data:image/png;base64,{text}"):
        assert "at most 100 are allowed" in message(source, max_bytes=100)
    assert "at most 100 are allowed" in message("data:," + "a" * 101, max_bytes=100)


def test_a_stream_is_not_read_beyond_what_is_allowed():
    class Endless:
        def read(self, size):
            assert size == 101
            return bytes(size)

    assert "more than the 100 bytes" in message(Endless(), max_bytes=100)


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ({"bytes": None, "path": None}, "has bytes or a path, and this has none"),
        ({}, "has bytes or a path, and this has none"),
        ({"bytes": torch}, "cannot be read: give a path"),
        (StringIO("text"), "reads str, not bytes; open it with mode 'rb'"),
        ("https://shop.example/a.jpg", "is a web address; nothing is fetched"),
        ("data:image/png;base64,???", "is no readable base64"),
        ("data:image/png;base64,", "is empty"),
        ("data:image/png;base64," + base64_of(b"<html>404 Not Found</html>"), "is not a picture"),
        (torch.zeros((3, 8, 3)), "may have its channels first or last"),
        (torch.zeros((1, 3, 8, 8)), "Of a batch, give one after the other"),
        (torch.zeros((5, 8, 8)), "a picture is (channels, H, W)"),
        (torch.zeros((3, 0, 8)), "a picture is (channels, H, W)"),
        (torch.full((3, 8, 8), 128.0), "from 128 to 128; floats are from 0 to 1"),
        (torch.full((3, 8, 8), -0.5), "Undo the normalization"),
        (torch.full((3, 8, 8), torch.nan), "from nan to nan"),
        (torch.zeros((3, 8, 8), dtype=torch.int64), "is of int64; expected uint8"),
        (torch.zeros((3, 8, 8), dtype=torch.bfloat16), "is no plain array"),
    ],
)
def test_what_cannot_be_read_says_what_to_give(source, advice):
    assert advice in message(source)


def test_a_closed_file_is_told():
    stream = BytesIO(encode())
    stream.close()
    assert "closed file" in message(stream)
