"""The card's code, run without our package: its answers are those of pipeline_lib.load, which are those of generate."""

import pytest

from pipeline_lib import load
from pipeline_lib.core.files import write_text
from pipeline_lib.models.loading import locate
from pipeline_lib.report.model_card import card, fence
from stages import export
from tests.helpers import toys
from tests.helpers.report_run import loaded_card, read, snippet
from tests.helpers.stages import run_stage
from tests.helpers.tuned_run import TRAIN, write_tuned_run

REPORT = {"title": "CT chest", "history": "", "observation": "There is a 5 mm left nodule. {title} [.*] \\\\1"}
DIALOGUE: dict = {"turns": [{"speaker": "Ann", "text": "Is it here?"}, {"speaker": "Ben", "text": "Yes, on shelf 3."}]}
ROWS: dict = {
    "impression": [REPORT, {**REPORT, "history": "pain for 3 days"}], "company": [{"question": "Where is invoice 3?"}],
    "qa": [{"context": "The badge is blue.", "question": "What is blue?"}], "dialogue": [DIALOGUE],
}  # fmt: skip


@pytest.mark.parametrize(
    ("toy", "task", "few_shot", "merged"),
    [
        ("project_model", "impression", 2, False),
        ("gpt2", "impression", 2, True),
        ("gemma", "company", 1, True),
        ("gemma", "qa", 0, False),
        ("project_model", "dialogue", 0, False),
    ],
)
def test_the_cards_code_answers_as_the_package_does(tmp_path, capsys, toy, task, few_shot, merged):
    base = locate(str(getattr(toys, f"write_{toy}")(tmp_path / "toy")))
    folder = write_tuned_run(tmp_path / "run", base, task, few_shot)
    if merged:
        run_stage(export, tuned=folder, out=tmp_path / "merged", model=base.folder)
        folder.rename(tmp_path / "adapter")
        (tmp_path / "merged").rename(folder)
    run = read(tmp_path / "run")
    text = card(run)
    assert ("PeftModel" in text) != merged
    assert (f"quotes {len(TRAIN)} training rows word for word" in text) == bool(few_shot)
    form = (folder / "prompt.txt").read_text(encoding="utf-8") if task != "dialogue" else ""
    assert form in text
    code = snippet(text).replace("the folder of this model", str(folder))
    code = code.replace("the folder of the base model, by the hash above", str(base.folder))
    assert "pipeline_lib" not in code
    model = load(folder, model=None if merged else str(base.folder))
    for row in ROWS[task]:
        asked = code
        for name, given in row.items():
            asked = asked.replace(repr(f"the {name} of a row").replace("'", '"'), repr(given))
        asked = asked.replace(
            '[("Ann", "a text"), ("Ben", "another")]', repr([(t["speaker"], t["text"]) for t in DIALOGUE["turns"]])
        )
        capsys.readouterr()
        exec(compile(asked, "card", "exec"), {})
        assert capsys.readouterr().out == f"{model.predict(row)['answer']}\n"
    package = text.split("```python\n")[1].split("\n```")[0].replace("the folder of this model", str(folder))
    assert len(package.splitlines()) == 4
    if merged:
        exec(compile(package, "card", "exec"), {})
        assert "'answer': " in capsys.readouterr().out


def test_a_prompt_cannot_break_out_of_its_fence(tmp_path):
    base = locate(str(toys.write_gpt2(tmp_path / "toy")))
    folder = write_tuned_run(tmp_path / "run", base, "company", 0)
    hostile = "```\n# <script>alert(1)</script>\n````\n{question} {{ 7*7 }}\n"
    write_text(folder / "prompt.txt", hostile)
    loaded = loaded_card(read(tmp_path / "run"), tmp_path)
    assert f"\n\n`````text\n{hostile}`````\n" in loaded.text
    assert (fence("no tick"), fence("a ` b"), fence("```")) == ("```", "```", "````")
