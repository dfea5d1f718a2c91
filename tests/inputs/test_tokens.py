import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from prodcat.errors import ConfigError, ModelError, ModelNotFoundError
from prodcat.inputs.tokens import TextReader

VOCABULARY = "[PAD] [UNK] [CLS] [SEP] red blue shoes boots for men and women with laces"
WORDS = VOCABULARY.split()


@pytest.fixture
def tokenizer():
    tokenizer = Tokenizer(
        models.WordPiece({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


@pytest.fixture
def tokenizer_file(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def words(ids):
    return " ".join(WORDS[i] for i in ids)


def test_a_product_is_read_as_the_pair_of_name_and_description(tokenizer, tokenizer_file):
    input_ids, mask = TextReader(tokenizer_file).encode(["red shoes"], ["for men"])
    assert input_ids.tolist() == [tokenizer.encode("red shoes", "for men").ids]
    assert words(input_ids[0]) == "[CLS] red shoes [SEP] for men [SEP]"
    assert mask.tolist() == [[1] * 7]
    assert input_ids.dtype == mask.dtype == np.int64


def test_a_missing_part_is_left_out_and_short_products_are_padded(tokenizer_file):
    reader = TextReader(tokenizer_file)
    names, descriptions = ["red shoes", "red", "", ""], ["men", "", "blue", ""]
    input_ids, mask = reader.encode(names, descriptions)
    assert [words(row) for row in input_ids] == [
        "[CLS] red shoes [SEP] men [SEP]",
        "[CLS] red [SEP] [PAD] [PAD] [PAD]",
        "[CLS] blue [SEP] [PAD] [PAD] [PAD]",
        "[CLS] [SEP] [PAD] [PAD] [PAD] [PAD]",
    ]
    assert mask.sum(axis=1).tolist() == [6, 3, 3, 2]
    assert reader.pad_id == 0
    assert reader.encode([], [])[0].shape == (0, 2)


def test_a_long_description_leaves_a_short_name_whole(tokenizer_file):
    reader = TextReader(tokenizer_file, max_tokens=8)
    input_ids, _ = reader.encode(["red shoes"], ["for men and women with laces"])
    assert words(input_ids[0]) == "[CLS] red shoes [SEP] for men and [SEP]"


def test_the_tokenizer_files_own_truncation_and_padding_do_not_count(tokenizer, tokenizer_file):
    tokenizer.enable_truncation(3, direction="left")
    tokenizer.enable_padding(length=20, pad_id=1, direction="left")
    tokenizer.save(str(tokenizer_file))
    input_ids, _ = TextReader(tokenizer_file).encode(["red shoes for men", "red"], ["", ""])
    assert words(input_ids[0]) == "[CLS] red shoes for men [SEP]"
    assert words(input_ids[1]) == "[CLS] red [SEP] [PAD] [PAD] [PAD]"


def test_a_tokenizer_without_special_tokens_gives_two_columns(tokenizer, tokenizer_file):
    tokenizer.post_processor = None
    tokenizer.save(str(tokenizer_file))
    input_ids, mask = TextReader(tokenizer_file).encode([""], [""])
    assert input_ids.tolist() == mask.tolist() == [[0, 0]]


def test_the_tokenizer_sees_no_more_than_it_can_use(tokenizer_file, monkeypatch):
    reader, seen = TextReader(tokenizer_file, max_tokens=8), []
    record = SimpleNamespace(encode_batch_fast=lambda texts: seen.extend(texts) or [])
    monkeypatch.setattr(reader, "_tokenizer", record)
    reader.encode(["red " * 250_000] * 5, ["blue " * 250_000] * 5)
    assert seen == [("red " * 12, ("blue " * 10)[:48])] * 5


def test_few_texts_are_tokenised_as_many_are(tokenizer_file):
    reader, texts = TextReader(tokenizer_file), [("red shoes", "for men"), ("red", ""), ("", "men")]
    assert reader.tokenize(texts * 9) == reader.tokenize(texts) * 9


def test_lone_surrogates_do_not_stop_the_tokenizer(tokenizer_file):
    reader = TextReader(tokenizer_file)
    assert np.array_equal(*(reader.encode([name], [""])[0] for name in ("re\ud800d", "red")))


def test_threads_can_share_a_reader(tokenizer_file):
    reader = TextReader(tokenizer_file)
    names = ["red " * n for n in range(1, 33)]
    gate = threading.Barrier(4)

    def read(name):
        if name in names[:4]:
            gate.wait()
        return reader.encode([name] * 50, ["boots"] * 50)[0]

    with ThreadPoolExecutor(4) as pool:
        for name, input_ids in zip(names, pool.map(read, names), strict=True):
            assert np.array_equal(input_ids, reader.encode([name] * 50, ["boots"] * 50)[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
def test_a_process_may_fork_after_reading(tokenizer_file):
    code = (
        "import os, sys; from pathlib import Path; from prodcat.inputs.tokens import TextReader\n"
        "reader = TextReader(Path(sys.argv[1])); reader.encode(['red'] * 99, [''] * 99)\n"
        "child = os.fork()\n"
        "reader.encode(['red'] * 99, [''] * 99)\n"
        "if child: os.waitpid(child, 0)\n"
        "print('TOKENIZERS_PARALLELISM' in os.environ)"
    )
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, tokenizer_file]
    environment = {k: v for k, v in os.environ.items() if k != "TOKENIZERS_PARALLELISM"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout.split(), ran.stderr) == (0, ["False"] * 2, "")


def test_a_tokenizer_that_cannot_be_used_is_named(tokenizer, tokenizer_file, tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"none\.json is missing"):
        TextReader(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="max_tokens is 4; this tokenizer needs at least 5"):
        TextReader(tokenizer_file, max_tokens=4)
    (tmp_path / "broken.json").write_text('{"model": 1}')
    with pytest.raises(ModelError, match=r"broken\.json is not a tokenizer"):
        TextReader(tmp_path / "broken.json")
    bare = tmp_path / "bare.json"
    Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")).save(str(bare))
    with pytest.raises(ModelError, match="no padding token"):
        TextReader(bare)


def test_a_description_may_be_read_only_where_there_is_no_name(tokenizer_file):
    reader = TextReader(tokenizer_file, description="alone")
    both, alone = reader.tokenize([("red shoes", "for men"), ("", "for men")])
    plain = TextReader(tokenizer_file).tokenize([("red shoes", ""), ("", "for men")])

    assert [both, alone] == plain
