"""Greedy decoding: answers do not depend on the batch, and end at eos_id."""

import pytest
import torch
from tokenizers import AddedToken
from transformers import PreTrainedTokenizerFast

from pipeline_lib.inference.decoding import Completion
from pipeline_lib.inference.generation import generate
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.tokenization import PromptTemplate, encode
from pipeline_lib.tasks.impression import prompt as impression_prompt
from tests.helpers import toys

KINDS = ["llama", "gemma", "gemma2", "gemma3", "gpt2"]


def loaded(folder):
    base = locate(str(folder))
    words = PromptTemplate(load_tokenizer(base), impression_prompt.prompt, impression_prompt.CUE)
    rows = [encode(example, words, words.eos_id(), 400) for example in toys.examples(7)]
    return load_causal(base, torch.float32), words, rows


def answer(model, words, prompts, batch_size=4, most=12, **more):
    how = {"eos_id": words.eos_id(), "max_new_tokens": most, "batch_size": batch_size}
    found = generate(model, words.tokenizer, [(prompt, []) for prompt in prompts], **how, **more)
    return [completion for _, completion in found]


def prompts_of(rows):
    return [row.ids[: row.start] for row in rows]


def by_hand(model, words, prompt, most=12) -> Completion:
    """Return the greedy continuation with a full forward pass for each token, without cache and padding."""
    ids, ended = list(prompt), False
    with torch.no_grad():
        for _ in range(most):
            ids.append(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax().item())
            if ids[-1] in (words.eos_id(), words.tokenizer.eos_token_id):
                ids.pop()
                ended = True
                break
    return Completion(words.tokenizer.decode(ids[len(prompt) :], skip_special_tokens=True).strip(), ended)


@pytest.mark.parametrize("kind", KINDS)
def test_answers_do_not_depend_on_the_batch(kind, request):
    model, words, rows = loaded(request.getfixturevalue(f"{kind}_folder"))
    completion = answer(model, words, prompts_of(rows))
    assert completion == answer(model, words, prompts_of(rows), batch_size=1)
    assert completion[:3] == [by_hand(model, words, prompt) for prompt in prompts_of(rows)[:3]]
    assert any(one.text for one in completion)


def eos_after(model, words, after: int):
    """Make the model generate `after` tokens and then eos_id after any prompt."""
    head, closing = model.get_output_embeddings(), words.eos_id()
    letters = [words.tokenizer(letter, add_special_tokens=False)["input_ids"][0] for letter in "abcdefgh"]

    class Says(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.calls = 0

        def forward(self, hidden):
            logits = torch.zeros(*hidden.shape[:-1], head.out_features)
            logits[..., closing if self.calls >= after else letters[self.calls]] = 50.0
            self.calls += 1
            return logits

    model.set_output_embeddings(Says())
    return model


def test_where_an_answer_ends(gemma_folder, llama_folder):
    # An answer ends at eos id.
    # Gemma's closing token is <end_of_turn>, which is not its end-of-text.
    model, words, rows = loaded(gemma_folder)
    assert answer(eos_after(model, words, 3), words, prompts_of(rows)[:1], most=400) == [Completion("abc", True)]
    # An answer that never ends is cut.
    model, words, rows = loaded(gemma_folder)
    assert answer(eos_after(model, words, 99), words, prompts_of(rows)[:1], most=5) == [Completion("abcde", False)]
    # An empty answer is kept as empty.
    model, words, rows = loaded(llama_folder)
    assert answer(eos_after(model, words, 0), words, prompts_of(rows)[:3], batch_size=8) == [Completion("", True)] * 3


@pytest.mark.parametrize(("most", "ended"), [(3, False), (4, True)])
def test_an_answer_that_ends_with_the_last_allowed_token_has_ended(gemma_folder, most, ended):
    model, words, rows = loaded(gemma_folder)
    made = answer(eos_after(model, words, 3), words, prompts_of(rows)[:1], most=most)
    assert made == [Completion("abc", ended)]


def test_an_eos_id_not_marked_special_is_not_in_the_answer(gemma_folder):
    # Tokenizers converted from other formats hold <end_of_turn> as a plain added token.
    model, _, _ = loaded(gemma_folder)
    bpe = toys.byte_level(["<pad>", "<eos>", "<bos>", "<unk>"])
    bpe.add_tokens(
        [AddedToken(token, special=False, normalized=False) for token in ("<start_of_turn>", "<end_of_turn>")]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>"
    )
    tokenizer.chat_template = toys.GEMMA_CHAT
    words = PromptTemplate(tokenizer, impression_prompt.prompt, impression_prompt.CUE)
    assert words.eos_id() == tokenizer.convert_tokens_to_ids("<end_of_turn>")
    model.resize_token_embeddings(len(tokenizer))
    prompt = words.prompt_ids(toys.examples(1)[0])
    assert answer(eos_after(model, words, 3), words, [prompt]) == [Completion("abc", True)]


def test_the_generation_config_of_the_model_is_ignored_and_batches_are_told(llama_folder):
    model, words, rows = loaded(llama_folder)
    plain = answer(model, words, prompts_of(rows))
    model.generation_config.do_sample = True
    model.generation_config.temperature = 9.0
    model.generation_config.repetition_penalty = 5.0
    assert answer(model, words, prompts_of(rows)) == plain
    counts: list[int] = []
    answer(model, words, prompts_of(rows), batch_size=3, most=2, on_batch=counts.append)
    assert counts == [3, 3, 1]


def test_kept_batches_are_not_computed_again(llama_folder):
    """Batches are numbered from the longest; the result of a kept batch is the kept one."""
    model, words, rows = loaded(llama_folder)
    store: dict = {}
    numbers: list[int] = []

    def keep(number, compute):
        numbers.append(number)
        return store[number] if number in store else store.setdefault(number, compute())

    plain = answer(model, words, prompts_of(rows), batch_size=3)
    assert answer(model, words, prompts_of(rows), batch_size=3, keep=keep) == plain
    assert numbers == [0, 1, 2]
    kept = {number: batch for number, batch in store.items() if number != 1}
    assert all(isinstance(token, int) for batch in kept.values() for _, ids, _ in batch for token in ids)
    store, again = dict(kept), list[int]()
    store[0] = [([], words.tokenizer("kept", add_special_tokens=False)["input_ids"], -1.0)] * 3
    found = answer(model, words, prompts_of(rows), batch_size=3, keep=keep, on_batch=again.append)
    assert again == [3, 3, 1], "kept batches are heard of too"
    assert sum(one == Completion("kept", True) for one in found) == 3
    assert sum(one == other for one, other in zip(found, plain, strict=True)) == 4
