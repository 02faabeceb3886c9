"""What is checked before a training starts: like processes, and weights that may be quantized."""

import copy

import pytest

from pipeline_lib.training.job import check_alike, check_memory, training_settings
from tests.helpers.stages import refused

FACTS = {"rows": "a" * 64, "settings": {"lr": 0.1}, "environment": {"device": "card A", "threads": 2}}


def test_processes_that_differ_are_refused_with_what_differs():
    check_alike([FACTS, copy.deepcopy(FACTS)])
    other = FACTS | {"environment": {"device": "card B", "threads": 2}}
    refused(
        "kind of device, they differ in device: card A and card B: start them on", check_alike, [FACTS, FACTS, other]
    )
    refused("they differ in rows: start", check_alike, [FACTS, FACTS | {"rows": "b" * 64}])


@pytest.mark.parametrize(
    ("method", "kind", "message"),
    [
        ("full", "language model", "nf4 is for frozen weights, method full trains all: set method: lora, or "),
        ("lora", "classifier", "nf4 is for language models, this one is a classifier, which is small: set it to none"),
    ],
)
def test_only_the_frozen_weights_of_a_language_model_are_quantized(method, kind, message):
    check_memory({"quantization": "nf4"}, "lora", "language model")
    check_memory({"quantization": "none"}, method, kind)
    refused(message, check_memory, {"quantization": "nf4"}, method, kind)


def test_how_a_model_was_trained_has_no_setting_of_this_machine():
    launch = {"processes": 2, "config": "/home/me/accelerate.yaml"}
    kept = {"lr": 0.1, "memory": {"quantization": "nf4", "gradient_checkpointing": True}}
    assert training_settings({"model": "m", "launch": launch, **kept}) == kept
