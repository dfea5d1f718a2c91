"""What the model gets to see of a product: its parts, cleaned and decoded."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from os import PathLike
from typing import Any

import numpy as np
from PIL import Image

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
    first: "Parts | None" = None
    """The same as the smaller network of a cascade reads it; None without one."""
    unread: "Callable[[], UInt8Array | None] | None" = None
    """Decodes the picture for the larger network of a cascade, which mostly need not see it; None
    where there is none, or it is decoded."""

    @property
    def has_image(self) -> bool:
        """Whether there is a picture, decoded or embedded already, or to be decoded."""
        decoded = self.pixels is not None or self.image_embedding is not None
        return decoded or self.unread is not None

    @property
    def whole(self) -> "Parts":
        """The same with its picture decoded."""
        return self if self.unread is None else replace(self, pixels=self.unread(), unread=None)

    @property
    def shown(self) -> UInt8Array | None:
        """Its picture as one of the networks sees it, RGB, (3, H, W)."""
        return self.pixels if self.first is None or self.pixels is not None else self.first.pixels

    @property
    def without_picture(self) -> "Parts":
        """The same of its texts alone."""
        return Parts(self.name, self.description, None)

    @cached_property
    def used(self) -> tuple[str, ...]:
        """Which of name, description and image there are."""
        presence = (self.name, self.description, self.has_image)
        return tuple(part for part, has in zip(PARTS, presence, strict=True) if has)


Seen = tuple[UInt8Array | None, str | None, Float32Array | None]
"""The pixels of a picture, what tells its file from others, and its embedding."""
NOTHING_SEEN: Seen = (None, None, None)


class PartReader:
    """Reads products as one model needs them.

    Args:
        model: Says how.
        pictures: Embeddings of pictures that need not be decoded again; None for none.
        first: The reader of a cascade's smaller network; None without one.
    """

    def __init__(
        self,
        model: ModelDir,
        pictures: Keeper | None = None,
        first: "PartReader | None" = None,
    ) -> None:
        self.first = first
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
        seen, unread = self._decode(product.image, errors, decoded=decoded)
        parts = self._parts(name, description, seen)
        parts = replace(parts, errors=tuple(errors), unread=unread)
        if parts.used or errors:
            return parts
        return Parts("", "", None, errors=(self._nothing(product),))

    def alone(self) -> "PartReader":
        """Return the same without that of a smaller network."""
        twin = copy(self)
        twin.first = None
        return twin

    def with_first(self, parts: Parts, pixels: UInt8Array | None) -> Parts:
        """Return parts together with those that a cascade's smaller network reads.

        Args:
            parts: What the larger one reads.
            pixels: What `shrunk` makes of its picture; None where it has none.
        """
        own: Seen = parts.pixels, parts.image_key, parts.image_embedding
        first = NOTHING_SEEN if pixels is None else (pixels, parts.image_key, None)
        return self._parts(parts.name, parts.description, (own, first))

    def shrunk(self, pixels: UInt8Array) -> UInt8Array | None:
        """Return what a cascade's smaller network sees of a picture that the larger one sees.

        For pictures that there is no file of, such as one that something is covered in.

        Args:
            pixels: RGB, (3, H, W).
        """
        if self.first is None or self.first._image is None:
            return None
        return self.first._fit(Image.fromarray(pixels.transpose(1, 2, 0)))

    def _parts(self, name: str, description: str, seen: Sequence[Seen]) -> Parts:
        """Return the parts of a product, and those that the smaller network reads."""
        first = None
        if self.first is not None:
            first = self.first._parts(name, description, seen[1:])
        if self.text_reader is None:
            name = description = ""
        else:
            description = self.text_reader.keep(name, description)
        return Parts(name, description, *seen[0], first=first)

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
    ) -> tuple[list[Seen], Callable[[], UInt8Array | None] | None]:
        """Return what each network sees of a picture, the larger one of a cascade before the other.

        Where its embedding is known the pixels are not looked at. What a cascade's larger one sees
        is left to be decoded, if it is to see anything, where the smaller one sees pictures too.
        """
        nothing: list[Seen] = [NOTHING_SEEN, NOTHING_SEEN]
        if self._image is None or is_missing(source):
            return nothing, None
        try:
            data = load_image(source, limits=self.limits)
        except InputError as error:
            errors.append(error)
            return nothing, None
        key = sha256(data).hexdigest() if data is not None else None
        picture, name = source if data is None else data, describe(source)
        readers = [self] if self.first is None or self.first._image is None else [self, self.first]
        known = [None if decoded else reader._known(key) for reader in readers]
        waits = len(readers) > 1 and known[0] is None and not decoded
        try:
            pixels = [
                None
                if its is not None or (waits and reader is self)
                else reader._open(picture, name)
                for reader, its in zip(readers, known, strict=True)
            ]
        except InputError as error:
            errors.append(error)
            return nothing, None
        seen: list[Seen] = [(own, key, its) for own, its in zip(pixels, known, strict=True)]
        # A file is read again rather than held in memory until it is known whether it is needed.
        later = source if isinstance(source, str | PathLike) else picture
        return [*seen, NOTHING_SEEN], partial(self._decode_late, later, name) if waits else None

    def _decode_late(self, picture: ImageSource, name: str) -> UInt8Array | None:
        """Return the pixels of a picture that the smaller network could read."""
        try:
            return self._open(picture, name)
        except InputError:  # the file was taken away meanwhile
            return None

    def _open(self, picture: ImageSource, name: str) -> UInt8Array:
        assert self._image is not None
        size = self._image
        image = open_image(
            picture, limits=self.limits, size_hint=(size.width, size.height), name=name
        )
        return self._fit(image)

    def _fit(self, image: Image.Image) -> UInt8Array:
        """Return a picture as the network sees it, RGB, (3, H, W)."""
        assert self._image is not None
        size = self._image
        return fit_image(image, height=size.height, width=size.width, fit=size.fit)

    def _known(self, key: str | None) -> Float32Array | None:
        """Return the embedding of a picture from an earlier time, (D,)."""
        if key is None or self._pictures is None:
            return None
        return self._pictures.find([key]).get(key)

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
