import pytest
import torch

from prodcat.config import TextConfig
from prodcat.errors import ConfigError
from prodcat.network.shrink import keep_tokens, weights_for
from prodcat.network.text_encoder import build_text_encoder

IDS = torch.tensor([[2, 10, 11, 3], [2, 12, 13, 3]])
MASK = torch.ones_like(IDS)


@pytest.fixture
def deep(tmp_path, toy_encoder):
    """Folder of a tiny BERT of four layers."""
    from transformers import AutoConfig, BertModel

    settings = AutoConfig.from_pretrained(toy_encoder, num_hidden_layers=4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(settings).save_pretrained(tmp_path)
    return tmp_path


def build(folder, **settings):
    with torch.random.fork_rng():
        return build_text_encoder(TextConfig(encoder=str(folder), **settings)).eval()


def embed(encoder, ids=IDS):
    with torch.no_grad():
        return encoder(ids, torch.ones_like(ids))


def changed(transformer):
    """All weights of a transformer, as if it had been trained."""
    return {
        name: tensor + 1 if tensor.is_floating_point() else tensor
        for name, tensor in transformer.state_dict().items()
    }


def test_the_layers_that_are_kept_are_spread_from_the_first_to_the_last(deep):
    whole, half = build(deep).transformer, build(deep, layers=2).transformer
    assert len(half.encoder.layer) == half.config.num_hidden_layers == 2
    for kept, place in zip(half.encoder.layer, (0, 3), strict=True):
        theirs = whole.encoder.layer[place].state_dict()
        assert all(torch.equal(t, theirs[name]) for name, t in kept.state_dict().items())
    assert not torch.equal(embed(build(deep)), embed(build(deep, layers=2)))


def test_more_layers_than_there_are_are_refused(deep):
    with pytest.raises(ConfigError, match=r"text.layers is 5, but the encoder has 4"):
        build(deep, layers=5)


def test_word_pieces_that_are_kept_are_read_as_before_and_others_are_all_alike(deep):
    encoder, whole = build(deep), build(deep)
    keep_tokens(encoder.transformer, {2, 3, 10, 11})
    found, expected = embed(encoder), embed(whole)
    assert torch.equal(found[0], expected[0])
    assert not torch.equal(found[1], expected[1])
    assert torch.equal(found[1], embed(encoder, torch.tensor([[2, 14, 15, 3]]))[0])
    table = encoder.transformer.get_input_embeddings().table
    assert table.weight.shape == (5, 16)
    assert table.weight.requires_grad


def test_a_smaller_encoder_takes_what_it_kept_of_a_larger_ones_weights(deep):
    small, whole = build(deep, layers=2), build(deep)
    keep_tokens(small.transformer, {2, 3, 10, 11})
    whole.transformer.load_state_dict(changed(whole.transformer))
    expected = build(deep, layers=2)
    expected.transformer.load_state_dict(
        weights_for(expected.transformer, whole.transformer.state_dict())
    )
    chosen = weights_for(small.transformer, whole.transformer.state_dict())
    missing = small.transformer.load_state_dict(chosen, strict=False)
    assert missing.missing_keys == ["embeddings.word_embeddings.place"]
    assert torch.equal(embed(small)[0], embed(expected)[0])
    last = whole.transformer.encoder.layer[3].state_dict()
    mine = small.transformer.encoder.layer[1].state_dict()
    assert all(torch.equal(tensor, last[name]) for name, tensor in mine.items())


def test_rows_of_word_pieces_that_both_kept_are_taken_whatever_their_places(deep):
    first, second = build(deep, layers=2), build(deep, layers=2)
    keep_tokens(first.transformer, {2, 3, 10, 11, 12})
    keep_tokens(second.transformer, {2, 3, 11, 13})
    first.transformer.load_state_dict(changed(first.transformer))
    before = second.transformer.get_input_embeddings()(torch.tensor([11, 13]))
    chosen = weights_for(second.transformer, first.transformer.state_dict())
    second.transformer.load_state_dict(chosen, strict=False)
    after = second.transformer.get_input_embeddings()(torch.tensor([11, 13]))
    torch.testing.assert_close(after[0], before[0] + 1)
    shared = first.transformer.get_input_embeddings().table.weight[0]
    assert torch.equal(after[1], shared)


def test_an_encoder_does_not_start_from_a_smaller_one(deep):
    small, whole = build(deep, layers=2), build(deep)
    with pytest.raises(ConfigError, match=r"keeps 2 layers .* set text.layers=2"):
        weights_for(whole.transformer, small.transformer.state_dict())
    seen = build(deep)
    keep_tokens(seen.transformer, {2, 3})
    with pytest.raises(ConfigError, match=r"set text.vocabulary=seen"):
        weights_for(whole.transformer, seen.transformer.state_dict())


def test_nothing_is_taken_from_layers_of_another_shape(deep):
    weights = {"encoder.layer.0.output.dense.bias": torch.zeros(3)}
    assert weights_for(build(deep).transformer, weights) == {}
