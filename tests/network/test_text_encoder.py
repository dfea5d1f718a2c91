import json
import os
import shutil

import pytest
import torch
from tokenizers import Tokenizer

from prodcat.config import TextConfig
from prodcat.errors import ConfigError
from prodcat.network.text_encoder import TextEncoder, build_text_encoder, save_tokenizer


def build(folder, **settings):
    with torch.random.fork_rng():
        return build_text_encoder(TextConfig(encoder=str(folder), **settings)).eval()


@pytest.fixture
def folder(toy_encoder, tmp_path):
    """A copy of the encoder that a test may break."""
    return shutil.copytree(toy_encoder, tmp_path / "encoder")


IDS = torch.tensor([[2, 10, 11, 3, 0, 0], [2, 12, 13, 14, 15, 3]])
MASK = torch.tensor([[1, 1, 1, 1, 0, 0], [1] * 6])


class Fixed(torch.nn.Module):
    """Stands for a transformer whose token embeddings are known."""

    def __init__(self, hidden):
        super().__init__()
        self.config = type("Config", (), {"hidden_size": hidden.shape[-1]})
        self.hidden = hidden

    def forward(self, input_ids, attention_mask):
        return type("Output", (), {"last_hidden_state": self.hidden})


HIDDEN = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [100.0, 100.0]]])


@pytest.mark.parametrize(("pooling", "expected"), [("mean", [2.0, 4.0]), ("cls", [1.0, 2.0])])
def test_pooling_by_hand(pooling, expected):
    encoder = TextEncoder(Fixed(HIDDEN), pooling)
    assert encoder(torch.zeros(1, 3), torch.tensor([[1, 1, 0]])).tolist() == [expected]
    assert encoder.dim == 2


def test_the_mean_of_no_token_is_zero():
    encoder = TextEncoder(Fixed(HIDDEN), "mean")
    assert encoder(torch.zeros(1, 3), torch.tensor([[0, 0, 0]])).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_padding_has_no_influence(toy_encoder, pooling):
    encoder = build(toy_encoder, pooling=pooling)
    with torch.no_grad():
        padded, alone = encoder(IDS, MASK), encoder(IDS[:1, :4], MASK[:1, :4])
    assert padded.shape == (2, 16) == (2, encoder.dim)
    torch.testing.assert_close(padded[:1], alone, atol=1e-6, rtol=1e-5)


def test_the_pooler_that_nobody_reads_is_gone(toy_encoder):
    names = [name for name, _ in build(toy_encoder).named_parameters()]
    assert names
    assert not any("pooler" in name for name in names)


def test_the_weights_of_the_folder_are_loaded(toy_encoder):
    a, b = build(toy_encoder), build(toy_encoder)
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))
    assert {p.dtype for p in a.parameters()} == {torch.float32}


def test_dropout_is_ours_and_not_that_of_the_folder(toy_encoder):
    assert json.loads((toy_encoder / "config.json").read_text())["hidden_dropout_prob"] == 0.1
    encoder = build(toy_encoder).train()
    assert torch.equal(encoder(IDS, MASK), encoder(IDS, MASK))
    for share in (0.0, 0.25):
        modules = build(toy_encoder, dropout=share).modules()
        assert {m.p for m in modules if isinstance(m, torch.nn.Dropout)} == {share}


@pytest.mark.parametrize("name", ["DistilBert", "ModernBert", "MPNet"])
def test_dropout_of_other_families_is_ours(tmp_path, name):
    import transformers

    width = {"dim": 16, "hidden_dim": 32} if name == "DistilBert" else {"hidden_size": 16}
    settings = getattr(transformers, f"{name}Config")(
        vocab_size=20,
        num_hidden_layers=1,
        num_attention_heads=2,
        n_layers=1,
        n_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        pad_token_id=0,
        **width,
    )
    with torch.random.fork_rng():
        getattr(transformers, f"{name}Model")(settings).save_pretrained(tmp_path)
    ids = torch.tensor([[2, 10, 11, 3]])
    for share, same in ((0.0, True), (0.5, False)):
        encoder = build(tmp_path, dropout=share).train()
        answers = [encoder(ids, torch.ones_like(ids)) for _ in range(2)]
        assert torch.equal(*answers) == same


@pytest.mark.parametrize("encoder", ["/nowhere/bert", "./nowhere", "some/longer/path"])
def test_a_folder_that_is_not_there_is_told(encoder, tmp_path):
    for fails in (lambda: build(encoder), lambda: save_tokenizer(encoder, tmp_path)):
        with pytest.raises(
            ConfigError, match=f"^text.encoder is '{encoder}', but there is no such"
        ):
            fails()


def test_a_name_that_the_hub_does_not_give_is_told(monkeypatch, tmp_path):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for fails in (
        lambda: build("nobody/no-such-bert"),
        lambda: save_tokenizer("no-bert", tmp_path),
    ):
        with pytest.raises(ConfigError, match=r"^Cannot load the text encoder 'no") as caught:
            fails()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b'{"model_type": "nobody"}'),
        ("model.safetensors", b""),
        ("model.safetensors", b"cut short"),
        ("model.safetensors", None),
    ],
)
def test_a_broken_folder_is_told_in_one_line(folder, file, content):
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(ConfigError, match=r"^Cannot load the text encoder") as caught:
        build(folder)
    assert "\n" not in str(caught.value)


def test_more_tokens_than_the_encoder_has_places_are_refused(toy_encoder):
    with pytest.raises(ConfigError, match=r"^text.max_tokens \(129\) is more than .* \(128\)\.$"):
        build(toy_encoder, max_tokens=129)
    build(toy_encoder, max_tokens=128)


def test_the_tokenizer_is_copied_as_it_is(toy_encoder, tmp_path):
    file = save_tokenizer(str(toy_encoder), tmp_path)
    assert file == tmp_path / "tokenizer.json"
    assert file.read_bytes() == (toy_encoder / "tokenizer.json").read_bytes()


def test_a_tokenizer_in_another_format_is_converted(folder, tmp_path):
    words = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(sorted(words, key=words.get)))
    tokenizer = Tokenizer.from_file(str(save_tokenizer(str(folder), tmp_path)))
    assert tokenizer.encode("Acme boots").tokens == ["[CLS]", "acme", "boots", "[SEP]"]
    assert tokenizer.token_to_id("boots") == words["boots"]


def test_a_folder_without_a_tokenizer_is_told(folder, tmp_path):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ConfigError, match="has no vocabulary"):
        save_tokenizer(str(folder), tmp_path)
    assert not (tmp_path / "tokenizer.json").exists()


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_code_that_lies_beside_an_encoder_is_not_run(folder, tmp_path, name):
    """Nor is anybody asked whether it shall be."""
    (folder / "theirs.py").write_text(f"import os\nos.mkdir({str(tmp_path / 'made')!r})\n")
    file = folder / name
    settings = json.loads(file.read_text()) if file.exists() else {}
    parts = {"AutoConfig": "theirs.Config", "AutoModel": "theirs.Model"}
    if name == "tokenizer_config.json":
        parts = {"AutoTokenizer": ["theirs.Tokenizer", "theirs.Tokenizer"]}
        (folder / "tokenizer.json").unlink()
    settings |= {"model_type": "theirs", "tokenizer_class": "Theirs", "auto_map": parts}
    file.write_text(json.dumps(settings))

    read = build if name == "config.json" else lambda folder: save_tokenizer(str(folder), tmp_path)
    with pytest.raises(ConfigError):
        read(folder)
    assert not (tmp_path / "made").exists()


def test_weights_that_are_a_pickle_are_not_read(folder, tmp_path):
    (folder / "model.safetensors").unlink()
    torch.save({"a": Payload(tmp_path / "made")}, folder / "pytorch_model.bin")

    with pytest.raises(ConfigError):
        build(folder)
    assert not (tmp_path / "made").exists()


class Payload:
    """Unpickled, it would make a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)
