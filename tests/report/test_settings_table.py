"""Settings compared on validation rows: the table, the chart and the sentences that report and study share."""

import pytest

from pipeline_lib.report.settings_table import (
    Compared,
    Setting,
    choice_sentences,
    compared_grid,
    settings_chart,
    settings_table,
)

BEST = Setting("b", "lr 0.01", 0.8, 0.7, 0.9, {"F1, macro": 0.75}, 0.5, 3, chosen=True)
OTHER = Setting("a", "lr 0.1", 0.6, None, None, {}, 0.4, 2)
TITLES = {"accuracy": "accuracy", "f1_macro": "F1, macro"}
METRICS = {name: {"title": title, "better": "higher"} for name, title in TITLES.items()}


def compared(*settings: Setting, rows: int = 30) -> Compared:
    return Compared("accuracy", "higher", rows, settings)


def test_a_column_without_figures_is_left_out():
    table = settings_table(compared(BEST, OTHER))
    assert [(head.title, head.better) for head in table.heads] == [
        ("accuracy", "higher"), ("F1, macro", ""), ("validation loss", "lower"), ("epoch kept", ""),
    ]  # fmt: skip
    assert [[cell.value for cell in row.cells] for row in table.rows] == [
        ["0.800", "0.750", "0.500", "3"],
        ["0.600", "", "0.400", "2"],
    ]
    assert [cell.interval for cell in table.rows[0].cells] == ["0.700 to 0.900", "", "", ""]
    assert [(row.name, row.meaning, row.kind, row.tag) for row in table.rows] == [
        ("b", "lr 0.01", "tuned", "chosen"),
        ("a", "lr 0.1", "", ""),
    ]
    bare = settings_table(compared(Setting("c", "", 0.5, None, None)))
    assert [head.title for head in bare.heads] == ["accuracy"]
    study = settings_table(compared(Setting("lr 1", "", 0.5, None, None, runs=3, chosen=True, committed=True), OTHER))
    assert [head.title for head in study.heads] == ["accuracy", "validation loss", "epoch kept", "seeds"]
    assert (study.rows[0].tag, study.rows[0].cells[-1].value) == ("chosen, committed", "3")


def test_the_chart_has_an_interval_where_there_is_one():
    chart = settings_chart(compared(BEST, OTHER, Setting("c", "", None, None, None)))
    assert chart is not None
    scale, marks = chart
    assert [(mark.label, mark.kind, mark.text) for mark in marks] == [
        ("b (chosen)", "tuned", "0.800 (0.700 to 0.900)"),
        ("a", "baseline", "0.600"),
    ]
    assert (marks[0].low, marks[0].high) == (scale.place(0.7), scale.place(0.9))
    assert (marks[1].low, marks[1].high) == (None, None)
    assert settings_chart(compared(Setting("c", "", None, None, None))) is None
    assert compared(OTHER).caption == "Accuracy of 30 validation rows"
    several = compared(BEST, Setting("c", "", 0.5, None, None, runs=3))
    assert several.caption == "Accuracy of 30 validation rows, with 95% intervals of single runs"


def test_a_long_name_fits_over_a_chart():
    name = "lr 0.001, epochs 5, lora.target_modules all-linear"
    chart = settings_chart(compared(Setting(name, "", 0.5, None, None, chosen=True)))
    assert chart is not None
    assert chart[1][0].label == "lr 0.001, epochs 5, lora.targe… (chosen)"


RULE = "of equal settings the one with the lower validation loss is chosen, then the one named first."


@pytest.mark.parametrize(
    ("settings", "sentences"),
    [
        ((BEST, OTHER), ["Accuracy of 30 validation rows chooses b."]),
        ((OTHER,), []),
        (
            (BEST, Setting("c", "", 0.8, None, None), Setting("d", "", 0.8, None, None)),
            ["Accuracy of 30 validation rows chooses b.", f"c and d have the same: {RULE}"],
        ),
        (
            (BEST, Setting("c", "", 0.1, None, None, runs=4)),
            ["Accuracy of 30 validation rows, the mean over 1 to 4 seeds of each setting, chooses b."],
        ),
    ],
)
def test_the_sentences_say_which_and_by_what(settings, sentences):
    assert choice_sentences(compared(*settings)) == sentences


def test_the_rows_of_a_grid_name_the_params_that_differ():
    figures = {"accuracy": 0.8, "accuracy_low": 0.7, "accuracy_high": 0.9, "f1_macro": 0.75, "loss": 0.5}
    common = {"lr": 0.01, "epochs": 3, "weight_decay": 0.0, "best_epoch": 3, **figures}
    selection = {
        "by": "accuracy", "validation": 30, "chosen": "b",
        "grid_keys": ["lr", "epochs", "batch_size", "weight_decay", "patience"],
        "settings": {"b": {**common, "patience": None}, "a": {**common, "patience": 2, "accuracy": 0.6}},
    }  # fmt: skip
    found = compared_grid(selection, {"metrics": METRICS})
    assert [one.params for one in found.settings] == [
        "lr 0.01, epochs 3, patience none",
        "lr 0.01, epochs 3, patience 2",
    ]
    assert found.settings[0].others == {"F1, macro": 0.75}
    assert found.caption == "Accuracy of 30 validation rows, with 95% intervals"
    assert [(one.chosen, one.value, one.loss, one.epoch) for one in found.settings] == [
        (True, 0.8, 0.5, 3),
        (False, 0.6, 0.5, 3),
    ]
