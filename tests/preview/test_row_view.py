"""A row as the model reads it: its spans are its text, and mark what is learnt and what is special."""

from types import SimpleNamespace

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.tasks import load
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.prompt_encoder import load_row_encoder
from pipeline_lib.preview import tokenizer_only
from pipeline_lib.preview.row_view import spans, view
from pipeline_lib.preview.tokenizer_only import download, locate_tokenizer

ROW = {"id": "7", "source": "Wo ist 杯子? שלום é", "target": "Dort 🙂 drüben."}


@pytest.mark.parametrize("kind", ["llama", "gemma", "gemma3", "gpt2"])
def test_spans_are_the_text_and_the_target_is_learnt(kind, request):
    encoder = load_row_encoder(
        str(request.getfixturevalue(f"{kind}_folder")), None, False, load("company", "prompt"), "2026-01-01"
    )
    [row] = encoder.encode([ROW], 200)
    shown = view(row, encoder.tokenizer)
    assert "".join(span.text for span in shown.spans) == encoder.tokenizer.decode(row.ids)
    learnt = [span for span in shown.spans if span.learnt]
    assert [span.text.strip() for span in learnt] == [ROW["target"], encoder.tokenizer.decode([encoder.eos_id])]
    assert [span.special for span in learnt] == [False, True]
    assert (shown.read, shown.learnt) == (len(row.ids), len(row.targets()))


def test_word_pieces_keep_their_spaces(encoder_folder):
    tokenizer = load_tokenizer(locate(str(encoder_folder)))
    ids = tokenizer("the heart is normal")["input_ids"]
    assert [(span.text, span.special) for span in spans(ids, (), tokenizer)] == [
        ("[CLS]", True),
        ("the heart is normal", False),
        ("[SEP]", True),
    ]


def test_a_tokenizer_needs_no_weights(tmp_path, llama_folder):
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((llama_folder / name).read_bytes())
    whole, alone = (load_tokenizer(base) for base in (locate(str(llama_folder)), locate_tokenizer(str(tmp_path))))
    assert alone("a lung")["input_ids"] == whole("a lung")["input_ids"]
    assert download(str(tmp_path)) == ""
    (tmp_path / "config.json").unlink()
    with pytest.raises(UserError, match=r"has no config\.json: it is no transformers model; name another"):
        locate_tokenizer(str(tmp_path))


def test_an_unknown_name_is_refused():
    with pytest.raises(UserError, match=r"is no folder, no Hub id .* \(did you mean gemma-3-270m\?\)"):
        locate_tokenizer("gemma-3-270")


def test_of_a_hub_model_the_size_of_the_tokenizer_is_said(monkeypatch):
    def files(name, **options):
        assert options["dry_run"]
        assert "*.safetensors" not in options["allow_patterns"]
        return [SimpleNamespace(file_size=size, will_download=size > 9) for size in (2_500_000, 9)]

    monkeypatch.setattr(tokenizer_only, "snapshot_download", files)
    what = download("google/gemma-2b-it")
    assert what == "the tokenizer of google/gemma-2b-it without its weights, 2.5 MB from the Hub"
