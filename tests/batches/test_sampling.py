from collections import Counter
from typing import get_args, get_type_hints

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import TensorDataset

from prodcat.batches.sampling import EpochSampler, ResumableLoader
from prodcat.config import TrainConfig

COUNT = 23


def order(epoch=0, *, seed=1, **settings):
    sampler = EpochSampler([0] * COUNT, seed=seed, **settings)
    sampler.set_epoch(epoch)
    return list(sampler)


def test_an_epoch_has_every_product_once():
    assert sorted(order()) == list(range(COUNT))
    assert order() != list(range(COUNT))


@pytest.mark.parametrize("balance", [None, 0.5])
def test_the_order_follows_from_seed_and_epoch(balance):
    assert order(2, balance=balance) == order(2, balance=balance)
    assert order(2, balance=balance) != order(3, balance=balance)
    assert order(0, balance=balance) != order(seed=2, balance=balance)


@pytest.mark.parametrize("world", [2, 3, 5])
def test_processes_share_the_products(world):
    shares = [order(1, rank=rank, world=world) for rank in range(world)]
    assert {len(share) for share in shares} == {-(-COUNT // world)}
    counts = Counter(product for share in shares for product in share)
    assert set(counts) == set(range(COUNT))
    assert sum(counts.values()) - COUNT < world  # the few that fill up the last round


@pytest.mark.parametrize("balance", [None, 1.0])
@pytest.mark.parametrize("world", [1, 4])
def test_a_sampler_is_as_long_as_it_says(balance, world):
    sampler = EpochSampler([0, 1] * 5 + [1], balance=balance, world=world, rank=world - 1)
    assert len(sampler) == len(list(sampler)) == -(-11 // world)


def test_more_processes_than_products_all_have_some():
    assert [list(EpochSampler([0, 0], world=5, rank=rank)) != [] for rank in range(5)] == [True] * 5


def drawn_share(balance):
    labels = [0] * 90 + [1] * 10
    drawn = []
    for epoch in range(40):
        sampler = EpochSampler(labels, balance=balance)
        sampler.set_epoch(epoch)
        drawn += [labels[product] for product in sampler]
    return sum(drawn) / len(drawn)


def test_balance_draws_rare_categories_more_often():
    # Of 90 and 10 products, weighed by size ** -balance: sqrt(10) / (sqrt(90) + sqrt(10)) = 1/4.
    assert drawn_share(0.0) == pytest.approx(0.1, abs=0.02)
    assert drawn_share(0.5) == pytest.approx(0.25, abs=0.03)
    assert drawn_share(1.0) == pytest.approx(0.5, abs=0.03)


def test_the_settings_know_the_samplers():
    assert get_args(get_type_hints(TrainConfig)["sampler"]) == ("shuffle", "balanced")


def loader(*, epoch=0, drop_last=False, workers=0, products=COUNT):
    sampler = EpochSampler([0] * products, seed=3)
    sampler.set_epoch(epoch)
    return ResumableLoader(
        TensorDataset(torch.arange(products)),
        batch_size=4,
        sampler=sampler,
        drop_last=drop_last,
        num_workers=workers,
    )


def batches(source):
    return [batch[0].tolist() for batch in source]


@settings(max_examples=20)
@given(st.integers(0, 6), st.integers(9, 30), st.booleans())
def test_a_loader_goes_on_behind_what_it_has_served(served, products, drop_last):
    before = loader(epoch=5, products=products, drop_last=drop_last)
    whole = batches(before)
    served = min(served, len(whole))
    iterator = iter(before)
    for _ in range(served):
        next(iterator)
    after = loader(epoch=5, products=products, drop_last=drop_last)
    after.load_state_dict(before.state_dict())
    # All served: the epoch is over, and the next one begins at its beginning.
    assert batches(after) == (whole[served:] if served < len(whole) else whole)


def test_the_next_epoch_is_whole_again():
    resumed = loader(epoch=1)
    resumed.load_state_dict({"served": 3})
    assert len(batches(resumed)) == 3
    resumed.sampler.set_epoch(2)
    assert batches(resumed) == batches(loader(epoch=2))


def test_a_resumed_loader_counts_from_where_it_went_on():
    resumed = loader()
    resumed.load_state_dict({"served": 2})
    iterator = iter(resumed)
    next(iterator)
    assert resumed.state_dict() == {"served": 3}
    again = loader()
    again.load_state_dict(resumed.state_dict())
    assert batches(again) == batches(loader())[3:]


def test_nothing_is_skipped_without_a_state():
    fresh = loader()
    assert fresh.state_dict() == {"served": 0}
    assert batches(fresh) == batches(fresh)


@pytest.mark.slow
def test_workers_skip_the_same_products():
    resumed = loader(workers=1)
    resumed.load_state_dict({"served": 2})
    assert batches(resumed) == batches(loader())[2:]
