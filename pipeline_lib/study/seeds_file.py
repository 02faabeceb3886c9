"""The seeds of the committed setting as a small file for the report, without any row."""

from collections.abc import Mapping
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.report.seeds_verdict import setting_of
from pipeline_lib.study.two_level import LEAST_SEEDS


def seeds_summary(study: Mapping[str, Any], params: Mapping[str, Any], train_rows: str) -> dict[str, Any]:
    """Return what report.seeds_verdict reads: the committed setting's answer.

    `params` are those of the committed run, `train_rows` the hash of its training rows.

    Raises UserError where the study holds fewer than LEAST_SEEDS seeds of that setting.
    """
    answer = next((one for one in study["is_it_the_seed"] if one["committed"]), None)
    if answer is None:
        raise UserError(
            f"--verdict needs {LEAST_SEEDS} seeds of the committed setting or more, this study has fewer: "
            "dvc exp run --queue -S seed=1,2,3 and dvc queue start"
        )
    over = answer["each"][answer["best_baseline"]]
    return {
        "test_rows": study["test_rows"],
        "train_rows": train_rows,
        "headline": study["headline"],
        "seeds": answer["seeds"],
        "mean": round(answer["tuned"]["mean"], 6),
        "sd": round(answer["tuned"]["sd"], 6),
        "against": answer["best_baseline"],
        **{key: None if over[key] is None else round(over[key], 6) for key in ("difference", "low", "high")},
        "verdict": answer["verdict"],
        "setting": setting_of(params),
    }
