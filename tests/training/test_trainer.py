"""Averaged weights."""

import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from prodcat.training.trainer import growing_average


def averaged_over(values, decay):
    """The average of one weight that takes these values, one after the other."""
    weight = torch.nn.Parameter(torch.zeros(1))
    module = torch.nn.ParameterList([weight])
    averaged = AveragedModel(module, multi_avg_fn=growing_average(decay))
    for value in values:
        weight.data.fill_(value)
        averaged.update_parameters(module)
    return next(averaged.parameters()).item()


def test_few_steps_forget_where_they_began():
    assert averaged_over([1000.0] + [1.0] * 50, decay=0.999) == pytest.approx(1.0, abs=0.01)


def test_many_steps_are_averaged_with_the_given_decay():
    steps = 2000
    values = [float(step) for step in range(steps)]
    # A straight line's moving average lags behind by decay / (1 - decay) steps.
    assert averaged_over(values, decay=0.98) == pytest.approx(steps - 1 - 0.98 / 0.02, abs=0.5)


def test_the_average_lies_within_what_was_averaged():
    assert 2.0 < averaged_over([1.0, 2.0, 3.0, 4.0], decay=0.9) < 4.0


class Places(torch.nn.Module):
    """A weight beside whole numbers that never change, as transformers keep words' places."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.register_buffer("places", torch.arange(512), persistent=False)


def test_whole_numbers_stay_whole():
    module = Places()
    averaged = AveragedModel(module, multi_avg_fn=growing_average(0.998), use_buffers=True)
    for step in range(500):
        module.weight.data.fill_(float(step))
        averaged.update_parameters(module)
    assert torch.equal(averaged.module.places, torch.arange(512))
