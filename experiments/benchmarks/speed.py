"""All that is measured of prodcat's speed, as one page.

    python -m experiments.benchmarks.speed --encoder FOLDER --markdown docs/reports/speed.md

One product at a time, as `experiments.benchmarks.latency` does, and whole tables, as
`experiments.benchmarks.bulk` does; both can also be run alone.
"""

import argparse
from collections.abc import Mapping
from typing import Any

from experiments.benchmarks import bulk, latency
from experiments.benchmarks.answering.options import (
    add_options,
    facts_line,
    machine_facts,
    prepared,
    write_json,
)
from experiments.benchmarks.section import Section, show_sections

HOW = (
    "Everything is measured on one machine, without a cache of embeddings. Contestants take turns,"
    " so that whatever else the machine does falls on all alike; medians are compared. The bare"
    " forward runs the same onnxruntime graphs on tensors that are ready: texts of one length"
    " together, each once among the products put together, as prodcat does, and the name alone as"
    " well where the model answers it. The same network in torch reads products through prodcat's"
    " own readers. transformers + torchvision is written by hand: tokenizer, encoder and"
    " mean of the states, MobileNetV2 on a picture opened with Pillow, both under a linear layer,"
    " product by product: the same model, with an answer to the name alone and pictures of the same"
    " size; then without the answer to the name alone, which is less than prodcat computes; then"
    " also with pictures of 224 pixels a side, as torchvision's own transforms prepare them, which"
    " is what people write first. The weights of these convolutions are random, which takes as"
    " long."
    " TF-IDF with LinearSVC sees the name alone and computes on one thread."
)
WITHOUT = (
    " Without a text encoder the contestants that need torch are left out: name one by --encoder."
)


def main() -> None:
    """Measure all, print the tables, and write the page if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    latency.add_own_options(parser)
    bulk.add_own_options(parser)
    options = parser.parse_args()
    with prepared(options) as setup:
        facts = {
            "machine": machine_facts(setup),
            "latency": latency.measure(setup, options),
            "bulk": bulk.measure(setup, options),
        }
    write_json(options.json, facts)
    made = f"`python -m experiments.benchmarks.speed` made this page from {options.data.name}. "
    about = [made + HOW + ("" if setup.encoder else WITHOUT), facts_line(facts["machine"])]
    show_sections("How fast it is", about, lay_out(facts), options.markdown)


def lay_out(facts: Mapping[str, Any]) -> list[Section]:
    """Return all tables, what was promised first."""
    promised = Section(
        "What was promised",
        "Medians of the tables below.",
        ("measure", "measured", "promised"),
        latency.promised_rows(facts["latency"]) + bulk.promised_rows(facts["bulk"]),
    )
    return [promised, *latency.lay_out(facts["latency"]), *bulk.lay_out(facts["bulk"])]


if __name__ == "__main__":
    main()
