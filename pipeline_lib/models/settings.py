"""The settings of the model: base, precision, prompt, which weights are trained, memory and devices."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline_lib.core.settings import Date, Settings, setting


class Prompt(Settings):
    """What a language model reads of a row."""

    max_tokens: Annotated[int, Field(ge=16)] | Literal["auto"] = setting(
        "Longest prompt; a longer input is shortened. auto: 99% of the training rows' prompts are not, if the model "
        "reads that much.",
        "tokens",
        default="auto",
    )
    few_shot: int = setting(
        "Similar training rows whose targets are shown in the prompt.", "rows", default=0, least=0, most=100
    )
    share_prefix: int = setting(
        "Training rows, at most, of one input that are read together and count as one row of batch_size.",
        "rows",
        default=1,
        least=1,
        most=1000,
    )
    date: Date = setting(
        "The day that a chat template is told where it asks for one, as YYYY-MM-DD; kept with the trained model.",
        default="2026-01-01",
    )
    too_long: Literal["fail", "drop"] = setting(
        "What happens to a training row that takes more tokens with its answer than the model reads: stop and name all "
        "such rows, or drop them and log which.",
        default="fail",
    )


class Lora(Settings):
    """The low-rank adapter that is trained with method: lora."""

    r: int = setting("Rank of the update.", default=16, least=1, most=1024)
    alpha: int = setting("The update is scaled by alpha / r.", default=32, least=1, most=4096)
    dropout: float = setting(
        "Dropout of the adapter's input while training.", "share of the values", default=0.0, least=0, most=0.9
    )
    target_modules: str | list[str] = setting(
        "The layers that get an adapter: all-linear, a layer's name or a list of names.", default="all-linear"
    )


class Memory(Settings):
    """What makes the training of a model need less memory."""

    gradient_checkpointing: bool = setting(
        "Whether a layer's intermediate values are computed again for its gradients instead of kept: less memory, more "
        "time, the same result.",
        default=False,
    )
    quantization: Literal["none", "int8", "nf4"] = setting(
        "Number format of the base model's frozen weights while an adapter is trained; int8 and nf4 need the package "
        "bitsandbytes. The adapter is used on the weights as they were.",
        default="none",
    )


class Launch(Settings):
    """The processes that share the work of training and generating."""

    processes: int = setting(
        "Processes on this machine: one for each GPU, or several on a CPU.", "processes", default=1, least=1, most=1024
    )
    config: str | None = setting(
        "An accelerate config file that says how the processes are started, in place of `processes`.", default=None
    )


class ModelSettings(Settings):
    """Settings of the package models."""

    model: str = setting(
        "The base model: a name from the README's table, a local folder or a Hub id.", example="smollm2-135m-instruct"
    )
    revision: str | None = setting("Commit, tag or branch of a Hub id; null for its default branch.", example="main")
    trust_remote_code: bool = setting("Whether Python code that comes with the model may run.", example=False)
    precision: Literal["auto", "fp32", "bf16", "fp16"] = setting(
        "Number format of the forward pass; auto is bf16 where the processor has it.", example="auto"
    )
    method: Literal["lora", "full"] = setting("The weights that are trained: an adapter, or all.", example="lora")
    max_tokens: int = setting(
        "Longest text that an encoder reads; a longer one is cut at the end.", "tokens", example=128, least=8
    )
    prompt: Prompt
    lora: Lora
    memory: Memory
    launch: Launch
