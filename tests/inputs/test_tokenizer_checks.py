import json

import pytest

from prodcat.errors import ModelError
from prodcat.inputs.tokens import MAX_TOKENS, TextReader
from tests.model_files import build_tokenizer

GROWS = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}
ENDLESS = {"type": "Replace", "pattern": {"Regex": "(a+)+$"}, "content": ""}


def write(folder, **changes):
    file = folder / "tokenizer.json"
    file.write_text(json.dumps(json.loads(build_tokenizer().to_str()) | changes))
    return file


def sequence(*steps):
    return {"type": "Sequence", "normalizers": list(steps)}


def split(pattern):
    return {
        "type": "Sequence",
        "pretokenizers": [
            {
                "type": "Split",
                "pattern": {"Regex": pattern},
                "behavior": "Isolated",
                "invert": False,
            }
        ],
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"normalizer": sequence(*[GROWS] * 30)}, "times as long"),
        ({"normalizer": GROWS | {"content": "a" * 5000}}, "more than 2,000 characters"),
        ({"normalizer": sequence(*[{"type": "NFC"}] * 100)}, "103 steps"),
        ({"normalizer": sequence(ENDLESS)}, "repeats what repeats"),
        ({"pre_tokenizer": split(r"(\s|a|aa)+b")}, "repeats what repeats"),
        ({"normalizer": {"type": "Unheard of"}}, "is not a tokenizer"),
        ({"model": {"type": "WordPiece", "max_input_chars_per_word": 10**9}}, "reads words of"),
        ({"model": None}, "is not a tokenizer"),
    ],
)
def test_steps_that_could_keep_a_text_waiting_are_refused(tmp_path, changes, reason):
    with pytest.raises(ModelError, match=reason) as refused:
        TextReader(write(tmp_path, **changes))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "pattern",
    [
        # As cl100k and o200k of tiktoken, and encoders made after them, cut texts.
        r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?!\S)|\s+",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{M}]*[\p{Ll}\p{M}]+(?i:'s|'t)?|\p{N}{1,3}|\s*[\r\n]+",
        r" {2,}",
        r" ?[^(\s|[.,!?…。，、।۔،])]+",
    ],
)
def test_the_patterns_of_real_encoders_are_let_through(tmp_path, pattern):
    file = write(tmp_path, pre_tokenizer=split(pattern))

    assert TextReader(file).encode(["red boots"], ["for men"])[0].shape[1] > 2


def test_a_pattern_that_fails_while_it_reads_is_an_error_of_ours(tmp_path):
    """The library panics, which is no `Exception`, where its pattern gives up."""
    # Several ways to read the same without any repeated group: let through, and given up on.
    file = write(tmp_path, pre_tokenizer=split("a*" * 20 + "b$"))
    reader = TextReader(file, max_tokens=MAX_TOKENS)

    with pytest.raises(ModelError, match="tokenizer fails: Onig"):
        reader.encode(["a" * 300 + "bc"], [""])
