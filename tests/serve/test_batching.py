import asyncio
import threading
from dataclasses import dataclass, field

import pytest

from prodcat.errors import InputError
from prodcat.product import Prediction, Product
from prodcat.serve.batching import MOST, Batcher, FullError


@dataclass
class Recorder:
    """Answers with each product's name, and remembers what came together."""

    together: list[list[str]] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    rules: list[dict] = field(default_factory=list)
    entered: threading.Event = field(default_factory=threading.Event)

    @property
    def predictor(self):
        return self

    batches = predictor

    def predict(self, name, description, image, **rule):
        self.entered.set()
        self.gate.wait(5)
        self.alone.append(name)
        if name == "unreadable":
            raise InputError("no")
        return Prediction((name,), 1.0)

    def predict_many(self, products, batch_size=1, **rule):
        self.gate.wait(5)
        names = [product.name for product in products]
        self.together.append(names)
        self.rules.append(rule)
        if "poison" in names:
            raise RuntimeError("poison")
        return iter([Prediction((name,), 1.0) for name in names])


def run(batcher, *requests, model, opens=0.05, **rule):
    async def ask(names):
        answers, _ = await batcher.answer(model, [Product(name) for name in names], **rule)
        return [answer.path[0] for answer in answers]

    async def all_of_them():
        first = asyncio.ensure_future(ask(requests[0]))
        if len(requests) > 1:
            # The others come while the first is being answered.
            await asyncio.to_thread(model.entered.wait, 5)
        threading.Timer(opens, model.gate.set).start()
        return await asyncio.gather(first, *map(ask, requests[1:]), return_exceptions=True)

    return asyncio.run(all_of_them())


@pytest.fixture
def model():
    return Recorder()


@pytest.fixture
def batcher():
    made = Batcher(limit=200, cores=1)
    yield made
    made.close()


def test_a_lone_request_is_answered_alone_by_all_cores(batcher, model):
    assert run(batcher, ["a"], model=model) == [["a"]]
    assert (model.alone, model.together) == (["a"], [])


def test_a_lone_one_that_cannot_be_read_whole_is_answered_all_the_same(batcher, model):
    assert run(batcher, ["unreadable"], model=model) == [["unreadable"]]


def test_what_waits_meanwhile_is_answered_together(batcher, model):
    answers = run(batcher, *[[str(n)] for n in range(20)], model=model)
    assert answers == [[str(n)] for n in range(20)]
    assert model.together == [[str(n) for n in range(1, 20)]]


def test_a_large_request_does_not_keep_small_ones_waiting(batcher, model):
    large = [f"large {n}" for n in range(100)]
    answers = run(batcher, ["first"], large, ["small"], model=model)
    assert answers == [["first"], large, ["small"]]
    assert "small" in model.together[0]
    assert max(map(len, model.together)) <= MOST


def test_answers_come_back_in_order_whatever_was_cut(batcher, model):
    requests = [[f"{r} {n}" for n in range(r)] for r in range(1, 15)]
    assert run(batcher, *requests, model=model) == requests


def test_a_product_that_breaks_a_batch_breaks_its_own_request_alone(batcher, model):
    answers = run(batcher, ["first"], ["a"], ["poison"], ["b"], model=model)
    assert answers[1] == ["a"]
    assert answers[3] == ["b"]
    assert isinstance(answers[2], RuntimeError)


def test_more_than_the_limit_is_refused_with_a_time(model):
    batcher = Batcher(limit=3, cores=1)
    answers = run(batcher, ["a"], ["b"], ["c"], ["d"], model=model)
    batcher.close()
    assert answers[:3] == [["a"], ["b"], ["c"]]
    assert isinstance(answers[3], FullError)
    assert answers[3].wait_s > 0


def test_a_request_larger_than_the_limit_is_let_in_alone(model):
    batcher = Batcher(limit=3, cores=1)
    names = [str(n) for n in range(10)]
    assert run(batcher, names, model=model) == [names]
    assert batcher.in_hand == 0
    batcher.close()


def test_rules_and_models_are_not_mixed(batcher, model):
    other = Recorder(gate=model.gate)

    async def ask():
        first = asyncio.ensure_future(batcher.answer(model, [Product("first")]))
        await asyncio.to_thread(model.entered.wait, 5)
        threading.Timer(0.05, model.gate.set).start()
        await asyncio.gather(
            first,
            *(batcher.answer(model, [Product(f"a{n}")], accuracy=0.98) for n in range(3)),
            *(batcher.answer(model, [Product(f"b{n}")], threshold=0.5) for n in range(3)),
            *(batcher.answer(other, [Product(f"c{n}")], accuracy=0.98) for n in range(3)),
        )

    asyncio.run(ask())
    assert sorted(map(tuple, model.together)) == [("a0", "a1", "a2"), ("b0", "b1", "b2")]
    assert other.together == [["c0", "c1", "c2"]]


def test_a_client_that_left_is_not_answered(batcher, model):
    async def ask():
        first = asyncio.ensure_future(batcher.answer(model, [Product("first")]))
        await asyncio.to_thread(model.entered.wait, 5)
        left = asyncio.ensure_future(batcher.answer(model, [Product("left")]))
        stays = asyncio.ensure_future(batcher.answer(model, [Product("stays")]))
        await asyncio.sleep(0.05)
        left.cancel()
        await asyncio.sleep(0)
        model.gate.set()
        await asyncio.gather(first, stays)

    asyncio.run(ask())
    assert model.alone == ["first", "stays"]
    assert batcher.in_hand == 0


def test_what_waits_is_answered_before_it_ends(model):
    batcher = Batcher(limit=10, cores=1)

    async def ask():
        asked = [asyncio.ensure_future(batcher.answer(model, [Product(str(n))])) for n in range(5)]
        await asyncio.sleep(0.05)
        model.gate.set()
        await asyncio.to_thread(batcher.close)
        return await asyncio.gather(*asked)

    assert len(asyncio.run(ask())) == 5


def test_large_requests_do_not_take_all_the_room(model):
    batcher = Batcher(limit=30, cores=1)
    large = [str(n) for n in range(100)]
    answers = run(batcher, ["first"], large, large, ["small"], large, model=model)
    batcher.close()
    assert answers[:4] == [["first"], large, large, ["small"]]
    assert isinstance(answers[4], FullError)
    assert (batcher.in_hand, batcher._room_taken) == (0, 0)
