"""The settings of inference: generating, classifying and sampling."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline_lib.core.settings import Settings, setting


class Generate(Settings):
    """Greedy decoding of the answers."""

    max_new_tokens: Annotated[int, Field(ge=1, le=8192)] | Literal["auto"] = setting(
        "Longest answer; a longer one is cut. auto: 99% of the training rows' answers are not.",
        "tokens",
        default="auto",
    )
    batch_size: int = setting("Prompts that are decoded together.", "rows", default=16, least=1, most=4096)


class Classify(Settings):
    """Labels and given answers, judged without decoding."""

    batch_size: int = setting(
        "Texts that are labelled, or given answers that are judged, together.", "texts", default=32, least=1, most=65536
    )


class Sample(Settings):
    """How dialogues are sampled from each epoch, and by stages.chat."""

    prompts: int = setting("Validation dialogues whose first turn starts a sample.", "dialogues", default=3, least=1)
    turns: int = setting("Most turns that follow the first.", "turns", default=7, least=1)
    max_new_tokens: int = setting("Longest turn.", "tokens", default=60, least=1, most=8192)
    temperature: float = setting(
        "Divides the logits before a draw; 0 always takes the most probable token.", default=0.7, least=0, most=10
    )
    top_k: int = setting("A draw is among this many most probable tokens; 0 is all.", "tokens", default=50, least=0)
    top_p: float = setting(
        "A draw is among the fewest tokens that together have this probability.",
        "probability",
        default=0.95,
        above=0,
        most=1,
    )
    repetition_penalty: float = setting(
        "Tokens that have occurred become less probable by this factor of their logit; 1 is off.",
        default=1.1,
        least=1,
        most=10,
    )


class InferenceSettings(Settings):
    """Settings of the package inference."""

    generate: Generate
    classify: Classify
    sample: Sample
