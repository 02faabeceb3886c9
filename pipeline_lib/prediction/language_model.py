"""A trained language model that answers rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import DynamicCache

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import Example
from pipeline_lib.core.run_files import read_identity
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.decoding import Keep, completion, compute, hidden_after, next_tokens
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.label_choices import label_shares, prompt_and_labels
from pipeline_lib.inference.loglikelihood import choice_logprobs
from pipeline_lib.models.device import keep_freed_memory
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import weights_dtype
from pipeline_lib.models.lora import load_base, load_trained
from pipeline_lib.models.prompt_encoder import PromptEncoder, trained_encoder
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.models.too_long import check_answers_fit
from pipeline_lib.models.usage import data_of, read_few_shot
from pipeline_lib.prediction.devices import device_named
from pipeline_lib.prediction.input_rows import Row, rows_of_python

BATCH = 16  # rows, as generate.batch_size


class LanguageModel:
    """A model of finetune or export in its folder, asked as it was trained.

    The prompt has the training's template, limits and similar rows; answers are greedy. Where rows have labels
    (sentiment), the answer is the likeliest of them.
    """

    def __init__(
        self,
        folder: str | Path,
        model: str | None = None,
        device: str | None = None,
        *,
        batch_size: int = BATCH,
        max_new_tokens: int | None = None,
        trust_remote_code: bool = False,
    ) -> None:
        """Load `folder`. model: the base model, where it is not found by the name in base.json.

        max_new_tokens: of an answer; by default what 99% of the training rows' answers took. Raises UserError where the
        folder holds no trained language model, or the base model is missing or another one.
        """
        place = Path(folder).expanduser()
        identity = read_identity(place)
        self.folder, self.settings, self.data = place, identity["settings"], data_of(identity)
        self.task, self.batch_size = self.settings["task"], batch_size
        self.max_new_tokens = max_new_tokens or identity.get("answer_tokens", 0)
        if not self.max_new_tokens:
            raise UserError(f"{folder} does not say how long answers are: give max_new_tokens, or train again")
        self.device = device_named(device)
        if self.device.type == "cpu":
            keep_freed_memory()
        self.dtype = weights_dtype(self.settings["precision"], self.device)
        self.base = load_base(place, model)
        self.encoder: Any = trained_encoder(self.base, place, trust_remote_code, load(self.task, "prompt"))
        self.few_shot = read_few_shot(place)
        self.model = load_trained(self.base, place, self.dtype, trust_remote_code).to(self.device)

    @property
    def labels(self) -> list[str] | None:
        """The labels to choose from, None where an answer is written."""
        return self.data.get("labels")

    def predict(self, rows: Row | Sequence[Row]) -> Any:
        """Return {"answer", "logprob": the mean of its tokens in nats, "ended": whether within max_new_tokens}.

        With labels, what SentimentAnalyzer.predict returns. rows: a text, a dictionary of cells by the file's headers
        or the task's names, or a list of these, which gives a list. Raises TypeError for anything else, and UserError
        where a row lacks its input or is longer than the model reads.
        """
        if isinstance(rows, (str, Mapping)):
            return self.predict([rows])[0]
        if not isinstance(rows, (list, tuple)):
            raise TypeError(f"rows must be a str, a dict or a list of these, not {type(rows).__name__}")
        return self.answers(rows_of_python(self.task, rows, self.data).examples)

    def answers(
        self,
        examples: Sequence[Example],
        on_batch: Callable[[int], None] = lambda done: None,
        keep: Keep = compute,
    ) -> list[dict[str, Any]]:
        """Return the result of `predict` for each example; on_batch and keep as in inference.generation."""
        if self.labels is not None:
            return self._label(examples, on_batch, keep)
        return self.written(self.encoded(examples), on_batch, keep)

    def written(
        self, rows: Sequence[Encoded], on_batch: Callable[[int], None] = lambda done: None, keep: Keep = compute
    ) -> list[dict[str, Any]]:
        """Return the answers that the model writes to prompts in tokens (`encoded`)."""
        if rows:
            choose_attention(self.model, [len(row.ids) for row in rows], self.device)
        found = generate(
            self.model,
            self.encoder.tokenizer,
            [(row.ids[: row.start], []) for row in rows],
            eos_id=self.encoder.eos_id,
            max_new_tokens=self.max_new_tokens,
            batch_size=self.batch_size,
            on_batch=on_batch,
            keep=keep,
        )
        return [{"answer": one.text, "logprob": round(one.logprob, 6), "ended": one.ended} for _, one in found]

    def encoded(self, examples: Sequence[Example]) -> list[Encoded]:
        """Return the prompts in tokens, each with an answer of the end alone."""
        blank = [{**row, "target": ""} for row in self._with_few_shot(examples)]
        rows: list[Encoded] = self.encoder.encode(blank, self.settings["prompt"]["max_tokens"])
        check_answers_fit(self.encoder, blank, rows, self.max_new_tokens)
        return rows

    @torch.inference_mode()
    def stream(self, example: Example) -> Iterator[str]:
        """Yield the answer to one example in pieces as it is written."""
        [row] = self.encoded([example])
        choose_attention(self.model, [len(row.ids)], self.device)
        ids = torch.tensor([row.ids[: row.start]], device=self.device)
        mask, cache = torch.ones_like(ids), DynamicCache(config=self.model.config)
        last = hidden_after(self.model, ids, mask, cache)[:, -1]
        tokenizer, stop = self.encoder.tokenizer, {self.encoder.eos_id, self.encoder.tokenizer.eos_token_id}
        greedy = next_tokens(
            self.model, last, mask, cache, lambda _, scores: scores.argmax(-1).tolist(), stop, self.max_new_tokens
        )
        written: list[int] = []
        shown = text = ""
        for step in greedy:
            if step[0] in stop:
                break
            written.append(step[0])
            text = completion(tokenizer, written, self.max_new_tokens).text
            if text.startswith(shown) and not text.endswith("\ufffd"):  # a letter may take several tokens
                yield text[len(shown) :]
                shown = text
        yield text.removeprefix(shown)

    def _with_few_shot(self, examples: Sequence[Example]) -> list[Example]:
        return with_few_shot(examples, self.few_shot, self.settings["prompt"]["few_shot"])

    def _label(self, examples: Sequence[Example], on_batch: Callable[[int], None], keep: Keep) -> list[dict[str, Any]]:
        """Return the likeliest label of each example, as stages.classify_lm finds it."""
        if not isinstance(self.encoder, PromptEncoder):
            raise UserError(f"{self.folder} was trained on dialogues, which have no labels")
        rows = self._with_few_shot(examples)
        items = [prompt_and_labels(row, self.encoder, self.settings["prompt"]["max_tokens"]) for row in rows]
        if items:
            choose_attention(self.model, [len(prompt) for prompt, _ in items], self.device)
        found = choice_logprobs(
            self.model, items, pad_id=self.encoder.tokenizer.pad_token_id, batch_size=self.batch_size,
            on_batch=on_batch, keep=keep,
        )  # fmt: skip
        made = []
        for row, logp in zip(rows, found, strict=True):
            shares = label_shares(row["labels"], logp)
            label = max(shares, key=shares.__getitem__)
            made.append({"sentiment": label, "confidence": shares[label], "probabilities": shares})
        return made
