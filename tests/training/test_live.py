"""Live figures in TensorBoard's format: those of the history, and a training that ends with the same bytes."""

import errno
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

from stages import finetune
from tests.helpers import toys
from tests.helpers.crashes import crash_at
from tests.helpers.stages import refused, run_stage
from tests.helpers.training_outputs import contents, history, listed, places


@pytest.fixture
def project(tmp_path, llama_folder, monkeypatch):
    """A folder with a split and params for 6 steps, and beside it one for live figures."""
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", "0")
    monkeypatch.setenv("TARE_LIVE", str(tmp_path / "live"))
    folder = toys.write_split(tmp_path / "project")
    toys.write_params(folder / "params.yaml", llama_folder, {"lora.dropout": 0.2})
    return folder


def tune(folder: Path) -> str:
    return run_stage(finetune, *places(folder))


def shown(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Return {"SPLIT/FIGURE": [(step, value), ...]} as TensorBoard reads them from the folder of a run."""
    found = {}
    for folder in run.iterdir():
        events = EventAccumulator(str(folder)).Reload()
        for name in events.Tags()["scalars"]:
            found[f"{folder.name}/{name}"] = [(event.step, event.value) for event in events.Scalars(name)]
    return found


def run_folders(project: Path) -> list[Path]:
    """Return the folders of runs, the oldest first."""
    return sorted(path.parent for path in (project.parent / "live").rglob("train"))


def check_shown(run: Path, project: Path) -> None:
    """Fail unless the run's figures are those of the history."""
    found, rows = shown(run), history(project)
    assert set(found) == {"train/loss", "train/lr", "train/tokens_per_second", "train/memory_gb", "validation/loss"}
    for name, values in found.items():
        split, figure = name.split("/")
        expected = [(int(row["step"]), float(row[figure])) for row in rows if row["split"] == split]
        assert values == [(step, pytest.approx(value, rel=1e-3)) for step, value in expected], name


def test_live_figures_are_those_of_the_history_and_change_no_byte(project, monkeypatch):
    monkeypatch.setenv("DVC_EXP_NAME", "gentle/../rate")
    printed = tune(project)
    assert f"live figures: tensorboard --logdir {project.parent / 'live'}\n" in printed
    [run] = run_folders(project)
    assert run.name.endswith("-gentle-..-rate")
    assert run.parent == Path(project.parent, "live", *project.parts[1:], "training")
    check_shown(run, project)
    assert listed(project) == ["params.yaml", "split", "training", "tuned"]
    with_live = contents(project / "tuned"), [row["loss"] for row in history(project)]

    monkeypatch.delenv("TARE_LIVE")
    assert "live figures" not in tune(project)
    assert (contents(project / "tuned"), [row["loss"] for row in history(project)]) == with_live
    assert len(run_folders(project)) == 1


def test_a_run_that_goes_on_shows_its_first_steps_too(project, monkeypatch):
    monkeypatch.setenv("DVC_EXP_NAME", "first")
    crash_at(5, tune, project)
    monkeypatch.setenv("DVC_EXP_NAME", "second")
    assert "continuing from step 4 of 6" in tune(project)
    first, second = run_folders(project)
    check_shown(second, project)
    assert [step for step, _ in shown(first)["train/loss"]] == [1, 2, 3, 4, 5]


def test_a_full_disk_ends_the_figures_and_not_the_training(project, monkeypatch):
    add = SummaryWriter.add_scalar

    def full(self, name, value, step):
        if step == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        add(self, name, value, step)

    monkeypatch.setattr(SummaryWriter, "add_scalar", full)
    printed = tune(project)
    assert printed.count("warning: no more live figures, ") == 1
    assert "cannot be written: No space left on device\n" in printed
    assert [row["split"] for row in history(project)].count("train") == 6
    [run] = run_folders(project)
    assert [step for step, _ in shown(run)["train/loss"]] == [1, 2]


def test_without_the_package_is_one_line_before_the_first_step(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    message = "^TARE_LIVE needs the package tensorboard, .*: pip install -c constraints.txt tensorboard$"
    refused(message, tune, project)
    assert listed(project) == ["params.yaml", "split"]
    monkeypatch.setenv("TARE_LIVE", "0")
    tune(project)


def test_another_value_is_one_line(project, monkeypatch):
    monkeypatch.setenv("TARE_LIVE", "yes")
    refused("^TARE_LIVE must be 1, .* or a folder with a / in it, it is 'yes'$", tune, project)
    monkeypatch.setenv("TARE_LIVE", "1")
    monkeypatch.chdir(project)
    tune(project)
    assert listed(project) == ["live", "params.yaml", "split", "training", "tuned"]
