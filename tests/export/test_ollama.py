"""The folder for Ollama: its Modelfile writes the prompt of the training, and stops where an answer ended."""

import re

import pytest

from pipeline_lib.core.files import read_json, write_json
from pipeline_lib.core.tasks import load
from pipeline_lib.export.merging import prompt_frame, read_trained
from pipeline_lib.export.modelfile import modelfile
from pipeline_lib.models.tokenization import PromptTemplate
from stages import export
from tests.helpers import toys
from tests.helpers.exported import write_trained
from tests.helpers.stages import refused, run_stage
from tests.helpers.training_outputs import listed

COMMENT = "# {{ .Prompt }} is the text that the task's prompt makes of a row; the rest is the template of the training."
CHATML = f"""{COMMENT}
FROM ./model.gguf
TEMPLATE \"\"\"<|im_start|>system
You are a helpful AI assistant.<|im_end|>
<|im_start|>user
{{{{ .Prompt }}}}<|im_end|>
<|im_start|>assistant
\"\"\"
PARAMETER stop "<|im_end|>"
PARAMETER temperature 0
PARAMETER num_ctx 408
PARAMETER num_predict 8
"""
# llama.cpp puts <bos> before a prompt itself.
GEMMA = f"""{COMMENT}
FROM ./model.gguf
TEMPLATE \"\"\"<start_of_turn>user
{{{{ .Prompt }}}}<end_of_turn>
<start_of_turn>model
\"\"\"
PARAMETER stop "<end_of_turn>"
PARAMETER temperature 0
PARAMETER num_ctx 408
PARAMETER num_predict 8
"""
PLAIN = GEMMA.replace("<start_of_turn>user\n", "").replace("<end_of_turn>\n<start_of_turn>model\n", "\n\nImpression:")
PLAIN = PLAIN.replace("<end_of_turn>", "<eos>")


@pytest.mark.parametrize(
    ("kind", "chat", "wanted"), [("project_model", True, CHATML), ("gemma3_chat", True, GEMMA),
                                 ("gemma3_chat", False, PLAIN)]
)  # fmt: skip
def test_the_modelfile_is_the_prompt_of_the_training(tmp_path, kind, chat, wanted):
    adapter, base = write_trained(tmp_path, kind), tmp_path / f"toy-{kind}"
    if not chat:
        (adapter / "chat_template.jinja").unlink()
    for _ in range(2):  # the second replaces the first
        run_stage(export, tuned=adapter, model=base, format="ollama", out=tmp_path / "ollama")
    assert listed(tmp_path / "ollama") == ["Modelfile", "model.gguf"]
    text = (tmp_path / "ollama" / "Modelfile").read_text()
    assert text == wanted
    # Filled in by hand it is the prompt, token by token.
    trained, task = read_trained(adapter, str(base)), load("impression", "prompt")
    row, tokenizer = toys.examples(1)[0], trained.tokenizer
    shown = re.findall('TEMPLATE """(.*?)"""', text, re.DOTALL)[0].replace("{{ .Prompt }}", task.prompt(row))
    bos = [tokenizer.bos_token_id] if prompt_frame(tokenizer, trained.base, task).bos else []
    ids = bos + tokenizer(shown, add_special_tokens=False)["input_ids"]
    assert ids == PromptTemplate(tokenizer, task.prompt, task.CUE).prompt_ids(row)


def test_braces_quotes_and_line_breaks_are_written_for_go_and_for_the_modelfile():
    made = modelfile("a.gguf", '{{x}} """', 'say "so" {', stop="\n", parameters={"num_ctx": 8}, licence="MIT")
    brace, quote = '{{ "{" }}', '{{ "\\"" }}'
    assert made == (
        f"{COMMENT}\nFROM ./a.gguf\n"
        f'TEMPLATE """{brace}{brace}x}}}} {quote}{quote}{quote}{{{{ .Prompt }}}}say {quote}so{quote} {brace}"""\n'
        'PARAMETER stop """\n"""\nPARAMETER num_ctx 8\nLICENSE """MIT"""\n'
    )


def test_a_transcript_stops_at_a_line_break_and_has_no_template(tmp_path):
    adapter = write_trained(tmp_path, "project_model", "dialogue")
    base = tmp_path / "toy-project_model"
    run_stage(export, tuned=adapter, model=base, format="ollama", out=tmp_path / "ollama")
    text = (tmp_path / "ollama" / "Modelfile").read_text()
    assert 'TEMPLATE """{{ .Prompt }}"""\nPARAMETER stop """\n"""\n' in text
    run_stage(export, tuned=adapter, model=base, out=tmp_path / "merged")
    stops = read_json(tmp_path / "merged" / "generation_config.json")["eos_token_id"]
    assert stops == [2, toys.chatml_tokenizer()("\n")["input_ids"][0]]


def test_a_cue_of_the_row_has_no_template_and_a_folder_of_other_things_is_kept(tmp_path):
    adapter, base = write_trained(tmp_path, "gemma3_chat", "sentiment"), tmp_path / "toy-gemma3_chat"
    given = {"tuned": adapter, "model": base, "format": "ollama"}
    refused("it holds other things", run_stage, export, **given, out=base)
    (adapter / "chat_template.jinja").unlink()
    refused("depend on the row, and Ollama has one template", run_stage, export, **given, out=tmp_path / "ollama")
    # A longest prompt that nobody stated is what the model reads.
    identity = read_json(adapter / "base.json")
    identity["settings"]["task"] = "impression"
    write_json(adapter / "base.json", {key: value for key, value in identity.items() if key != "answer_tokens"})
    run_stage(export, **given, out=tmp_path / "ollama")
    text = (tmp_path / "ollama" / "Modelfile").read_text()
    assert "num_ctx 2048\n" in text
    assert "num_predict" not in text
