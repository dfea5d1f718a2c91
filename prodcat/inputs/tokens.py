"""Name and description to the tokens that a text encoder reads."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from prodcat.arrays import IntArray
from prodcat.errors import ConfigError, ModelError, ModelNotFoundError, one_line
from prodcat.inputs.plain_files import open_plain
from prodcat.inputs.strict_json import MAX_JSON_BYTES
from prodcat.inputs.tokenizer_checks import check_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer


TOKENIZER_FILE = "tokenizer.json"
"""As encoders come with it, and models keep it: whatever a tokenizer does to a text."""
DESCRIPTIONS = ("always", "alone")
"""When a model reads a description: always, or only where there is no name."""
MAX_TOKENS = 8192
"""The most that a model may read of a product; the longest encoders of texts read as many."""
FEW_TEXTS = 4
"""So many are faster tokenised one by one than shared among the tokenizer's own threads."""
CHARS_PER_TOKEN = 6
"""Of a text, so many characters are read for each word piece that is kept: more than words of
real products take."""


class TextReader:
    """Turns names and descriptions into token ids, alike in training and at use.

    A product is read as the pair (name, description), each as far as there is
    one. Reading changes nothing in the reader, so threads can share one.

    Args:
        tokenizer_file: The encoder's ``tokenizer.json``.
        content: What is in it, where that was read and verified already.
        max_tokens: Word pieces of both together.
        description: ``always``, or ``alone`` to read it only where there is no name.
    """

    def __init__(
        self,
        tokenizer_file: Path,
        *,
        max_tokens: int = 48,
        description: str = "always",
        content: bytes | None = None,
    ) -> None:
        self.max_tokens, self.description = max_tokens, description
        self.max_chars = CHARS_PER_TOKEN * max_tokens
        self._tokenizer = load_tokenizer(Path(tokenizer_file), max_tokens, content)
        self.pad_id = find_pad_id(self._tokenizer)

    @property
    def vocabulary(self) -> int:
        """How many word pieces there are."""
        return self._tokenizer.get_vocab_size()

    def encode(
        self, names: Sequence[str], descriptions: Sequence[str]
    ) -> tuple[IntArray, IntArray]:
        """Read a batch of clean texts; an empty one is one that is missing.

        Args:
            names: One of each product, (B,).
            descriptions: One of each product, (B,).

        Returns:
            Token ids and attention mask, (B, T) each; T is that of the longest product.
        """
        return self.pad(self.tokenize(zip(names, descriptions, strict=True)))

    def tokenize(self, texts: Iterable[tuple[str, str]]) -> list[list[int]]:
        """Return the token ids of clean texts, each a name and a description."""
        joined = [self._join(*parts) for parts in texts]
        with _told():
            if len(joined) <= FEW_TEXTS:
                return [self._tokenizer.encode(first, second).ids for first, second in joined]
            batch = [(first, second) if second else first for first, second in joined]
            # The fast one gives no offsets into the text, which nobody reads here.
            return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(batch)]

    def keep(self, name: str, description: str) -> str:
        """Return the description, or nothing where it is not read beside the name."""
        return "" if name and self.description == "alone" else description

    def reach(self, name: str, description: str) -> tuple[int, int]:
        """Return how many characters of a clean name and description are read.

        What is beyond has no influence on any answer.
        """
        first, second = self._join(name, description)
        with _told():
            encoding = self._tokenizer.encode(first, second)
        ends = [0, 0]
        for text, (_, end) in zip(encoding.sequence_ids, encoding.offsets, strict=True):
            if text is not None:
                ends[text] = max(ends[text], end)
        return (ends[0], ends[1]) if name else (0, ends[0])

    def pad(self, tokens: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
        """Stack token ids: ids and attention mask, (B, T) each; T is that of the longest."""
        length = max((len(ids) for ids in tokens), default=0)
        shape = len(tokens), max(length, 2)
        input_ids = np.full(shape, self.pad_id, dtype=np.int64)
        attention_mask = np.zeros(shape, dtype=np.int64)
        for row, ids in enumerate(tokens):
            input_ids[row, : len(ids)] = ids
            attention_mask[row, : len(ids)] = 1
        return input_ids, attention_mask

    def _join(self, name: str, description: str) -> tuple[str, str | None]:
        name, description = self._cut(name), self._cut(self.keep(name, description))
        return (name, description or None) if name else (description, None)

    def _cut(self, text: str) -> str:
        # The Rust side takes no lone surrogates; clean texts have none.
        return text[: self.max_chars].encode(errors="ignore").decode()


def load_tokenizer(path: Path, max_tokens: int, content: bytes | None = None) -> "Tokenizer":
    """Load a tokenizer with our own truncation in place of the file's.

    Args:
        path: Its file.
        max_tokens: Of both texts together.
        content: What is in the file, where that was read already.

    Raises:
        ModelNotFoundError: If there is no such file.
        ModelError: If it is no tokenizer, or one that could keep a text waiting without end.
        ConfigError: If it cannot do with so few tokens.
    """
    from tokenizers import Tokenizer

    if content is None:
        content = _read(path)
    check_tokenizer(content, path)
    try:
        with _told():
            tokenizer = Tokenizer.from_buffer(content)
    except ModelError as error:
        raise ModelError(f"{path} is not a tokenizer of the tokenizers library. {error}") from error
    # Room for one word piece of each text, beside the marks around them.
    least = tokenizer.num_special_tokens_to_add(is_pair=True) + 2
    if max_tokens < least:
        raise ConfigError(f"max_tokens is {max_tokens}; this tokenizer needs at least {least}.")
    # `pad` does it, up to the longest of the batch and no further.
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    return tokenizer


def find_pad_id(tokenizer: "Tokenizer") -> int:
    """Return the id of the padding token."""
    for token in ("[PAD]", "<pad>", "<PAD>", "<|pad|>"):
        pad_id = tokenizer.token_to_id(token)
        if pad_id is not None:
            return pad_id
    raise ModelError("The tokenizer has no padding token, such as [PAD] or <pad>.")


def _read(path: Path) -> bytes:
    try:
        with open_plain(path) as stream:
            return stream.read(MAX_JSON_BYTES + 1)
    except FileNotFoundError as error:
        raise ModelNotFoundError(
            f"No tokenizer in {path.parent}: {path.name} is missing."
        ) from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from error


@contextmanager
def _told() -> Generator[None]:
    """Turn what the Rust library raises into an error of ours."""
    try:
        yield
    # Nothing more precise, and of a panic something that is no `Exception`.
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ModelError(f"The tokenizer fails: {one_line(error)}.") from error
