from types import SimpleNamespace

import pytest
import torch
from torch.utils.data import TensorDataset

from prodcat.batches.datamodule import ProductDataModule
from prodcat.config import TrainConfig


def module(products=20, *, rank=0, world=1, collate=None, **settings):
    data = TensorDataset(torch.arange(products))
    config = TrainConfig(**{"batch_size": 4, "seed": 3, **settings})
    made = ProductDataModule(data, [0] * products, data, collate=collate, config=config)
    made.trainer = SimpleNamespace(global_rank=rank, world_size=world)
    return made


def served(loader):
    return [number for batch in loader for number in batch[0].tolist()]


def test_training_sees_every_product_in_another_order():
    numbers = served(module().train_dataloader())
    assert sorted(numbers) == list(range(20))
    assert numbers != sorted(numbers)


def test_validation_keeps_the_order():
    assert served(module().val_dataloader()) == list(range(20))


def test_processes_share_both_sides():
    modules = [module(rank=rank, world=2) for rank in range(2)]
    for loader in ("train_dataloader", "val_dataloader"):
        shares = [served(getattr(made, loader)()) for made in modules]
        assert sorted(shares[0] + shares[1]) == list(range(20))
        assert len(shares[0]) == len(shares[1])


def test_loaders_work_without_a_trainer():
    made = module()
    made.trainer = None
    assert len(served(made.train_dataloader())) == len(served(made.val_dataloader())) == 20


@pytest.mark.parametrize(("products", "sizes"), [(20, [4] * 5), (22, [4] * 5 + [2]), (21, [4] * 5)])
def test_no_training_batch_has_a_single_product(products, sizes):
    assert [len(batch[0]) for batch in module(products).train_dataloader()] == sizes


def test_batches_of_one_are_possible_where_they_are_asked_for():
    assert len(module(3, batch_size=1).train_dataloader()) == 3


def test_the_balanced_sampler_is_a_setting():
    balanced = module(sampler="balanced").train_dataloader()
    assert balanced.sampler.chances is not None
    assert module().train_dataloader().sampler.chances is None


def test_samples_are_collated_as_asked():
    loader = module(collate=len).train_dataloader()
    assert list(loader) == [4] * 5


def test_the_seed_decides_the_order():
    a, b, c = (served(module(seed=seed).train_dataloader()) for seed in (1, 1, 2))
    assert a == b
    assert a != c


def test_an_epoch_is_gone_on_with_though_the_loader_is_made_before_training_begins():
    before = module()
    whole = served(before.train_dataloader())
    iterator = iter(before.train_dataloader())
    for _ in range(3):
        next(iterator)

    after = module()
    after.load_state_dict(before.state_dict())

    loader = after.train_dataloader()
    assert served(loader) == whole[12:]
    assert served(loader) == whole


def test_without_a_state_an_epoch_begins_at_its_beginning():
    fresh = module()
    assert fresh.state_dict() == {}
    fresh.load_state_dict({})
    assert len(served(fresh.train_dataloader())) == 20
