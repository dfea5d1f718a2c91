"""What the model gets to see of a product: its parts, cleaned and decoded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array, UInt8Array
from prodcat.errors import InputError
from prodcat.inference.encoder_caches import Keeper
from prodcat.inputs.image_decoding import describe
from prodcat.inputs.images import ImageLimits, fit_image, load_image, open_image
from prodcat.inputs.text import clean_or_absent, clean_text
from prodcat.inputs.tokens import TextReader
from prodcat.modeldir.format import TOKENIZER
from prodcat.modeldir.reading import ModelDir
from prodcat.product import PARTS, ImageSource, Product


@dataclass(frozen=True)
class Parts:
    """One product, as far as the model can read it."""

    name: str
    description: str
    pixels: UInt8Array | None
    """RGB, (3, H, W); None when there is no picture, or its embedding is known."""
    image_key: str | None = None
    """The same for pictures of the same file; None where it is not known."""
    image_embedding: Float32Array | None = None
    """(D,), where it is known from an earlier time."""
    errors: tuple[InputError, ...] = ()
    """Why parts that were given are not used, or that none were given."""

    @property
    def has_image(self) -> bool:
        """Whether there is a picture, decoded or embedded already."""
        return self.pixels is not None or self.image_embedding is not None

    @cached_property
    def used(self) -> tuple[str, ...]:
        """Which of name, description and image there are."""
        presence = (self.name, self.description, self.has_image)
        return tuple(part for part, has in zip(PARTS, presence, strict=True) if has)


class PartReader:
    """Reads products as one model needs them.

    Args:
        model: Says how.
        pictures: Embeddings of pictures that need not be decoded again; None for none.
    """

    def __init__(self, model: ModelDir, pictures: Keeper | None = None) -> None:
        self._image, self._pictures = model.image, pictures
        self.limits = ImageLimits(
            max_bytes=model.max_image_bytes, max_pixels=model.max_image_pixels
        )
        self.text_reader = (
            TextReader(
                model.folder / TOKENIZER,
                max_tokens=model.text.max_tokens,
                description=model.text.description,
                content=model.content(TOKENIZER),
            )
            if model.text is not None
            else None
        )

    def read(self, given: Product | Mapping[str, Any], *, decoded: bool = False) -> Parts:
        """Clean and decode the parts of a product; what cannot be read becomes an error.

        Args:
            given: The product.
            decoded: Decode its picture even where its embedding is known.
        """
        errors: list[InputError] = []
        try:
            product = as_product(given)
        except InputError as error:
            return Parts("", "", None, errors=(error,))
        name = self._clean(product.name, errors)
        description = self._clean(product.description, errors)
        if self.text_reader is not None:
            description = self.text_reader.keep(name, description)
        pixels, key, embedding = self._decode(product.image, errors, decoded=decoded)
        parts = Parts(name, description, pixels, key, embedding, tuple(errors))
        if parts.used or errors:
            return parts
        return Parts("", "", None, errors=(self._nothing(product),))

    def hold(self, given: Product | Mapping[str, Any]) -> Product | Mapping[str, Any]:
        """Return the product with the bytes of a picture that can be read but once, as a stream.

        So it can be read by two models. Whatever is wrong with it is left to `read`.
        """
        try:
            product = as_product(given)
            if not callable(getattr(product.image, "read", None)):
                return given
            return replace(product, image=load_image(product.image, limits=self.limits))
        except InputError:
            return given

    def _clean(self, text: object, errors: list[InputError]) -> str:
        if self.text_reader is not None:
            try:
                return clean_or_absent(text)
            except InputError as error:
                errors.append(error)
        return ""

    def _decode(
        self, source: ImageSource, errors: list[InputError], *, decoded: bool
    ) -> tuple[UInt8Array | None, str | None, Float32Array | None]:
        """Return the pixels of a picture, what tells its file from others, and its embedding.

        Where that is known the pixels are not looked at.
        """
        if self._image is None or is_missing(source):
            return None, None, None
        size = self._image
        try:
            data = load_image(source, limits=self.limits)
        except InputError as error:
            errors.append(error)
            return None, None, None
        key = sha256(data).hexdigest() if data is not None else None
        if key is not None and self._pictures is not None and not decoded:
            cached = self._pictures.find([key])
            if key in cached:
                return None, key, cached[key]
        try:
            image = open_image(
                source if data is None else data,
                limits=self.limits,
                size_hint=(size.width, size.height),
                name=describe(source),
            )
            pixels = fit_image(image, height=size.height, width=size.width, fit=size.fit)
        except InputError as error:
            errors.append(error)
            return None, None, None
        return pixels, key, None

    def _nothing(self, product: Product) -> InputError:
        if self._image is None and not is_missing(product.image):
            return InputError("This model reads no pictures; give a name or a description.")
        if self.text_reader is None:
            return InputError("This model reads pictures only; give an image.")
        if clean_text(product.name) or clean_text(product.description):
            return InputError(
                "Nothing to categorize: there is no letter or digit in what is given as name or"
                " description."
            )
        return InputError("Nothing to categorize: give at least one of name, description, image.")


def readable_parts(model: ModelDir) -> frozenset[str]:
    """Return which of name, description and image a model makes use of."""
    text = ("name", "description") if model.text is not None else ()
    return frozenset((*text, "image") if model.image is not None else text)


def as_product(given: Product | Mapping[str, Any]) -> Product:
    """Return a product as it is, or read it from a dict.

    Raises:
        InputError: If it is neither, or the dict has no key of a product's.
    """
    if isinstance(given, Product):
        return given
    if isinstance(given, Mapping):
        return Product.from_mapping(given)
    raise InputError(f"A product is a Product or a dict, not {type(given).__name__}.")


def is_missing(value: object) -> bool:
    """Tell whether a picture is what a table holds where there is none.

    >>> is_missing(None), is_missing(float("nan")), is_missing(" "), is_missing("shoe.jpg")
    (True, True, True, False)
    """
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping):  # of bytes and path, as Hugging Face has them
        return bool(value) and all(map(is_missing, value.values()))
    return isinstance(value, float | np.floating) and bool(np.isnan(value))
