"""The stage split on one table: the files and figures it writes, and near-duplicates grouped, marked or refused."""

import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pipeline_lib.core.files import read_json, read_jsonl
from pipeline_lib.core.text import normalised
from stages import split
from tests.helpers.brute_force import brute_force
from tests.helpers.stages import error_of, refused, run_stage
from tests.helpers.tables import write_table
from tests.helpers.toys import ROOT, reports, write_params
from tests.helpers.training_outputs import listed

PARTS = ("train", "validation", "test")
SMALL = {"split.train": 6, "split.test": 2, "split.validation": 3}
EVEN = {"split.train": 30, "split.test": 8, "split.validation": 8}


def test_330_rows_with_46_duplicates_give_300_and_30(tmp_path):
    data = file_with_copies(tmp_path)
    found = run(tmp_path, data)
    assert found["metrics"] == {
        "rows": 330, "incomplete": 0, "duplicates": 46, "groups": 284, "near_duplicates": 0, "merged_groups": 0,
        "leaked": 0, "train": 300, "validation": 0, "test": 30, "left_out": 0,
        "validation_needs": {"rows": 360, "train": 263}, "shared_groups": 0,
    }  # fmt: skip
    assert found["printed"].splitlines()[-1] == (
        "no row is left for validation, so the last epoch is kept and nothing can be chosen: bring 360 rows, or set "
        "split.train: 263"
    )
    for mode in ("group", "fail", "allow"):
        assert run(tmp_path, data, {"split.near_duplicates": mode}) == found, "there are no near-duplicates"
    assert run(tmp_path, data, {"split.train": 263})["metrics"]["validation"] == 30
    assert error_of(run, tmp_path, data, {"split.duplicates": "drop"}) == (
        f"split wants 330 rows (300 train + 30 test), {tmp_path / 'reports.csv'} has 330 (46 of them duplicates, left "
        "out) in 284 groups of equal input: lower split.train to 254 in the params file, or bring more rows"
    )
    figures = run(tmp_path, data, {"split.duplicates": "drop", "split.train": 254})["metrics"]
    assert (figures["train"], figures["test"], figures["left_out"]) == (254, 30, 46)


def write_reports(folder: Path, made: list[dict[str, str]]) -> Path:
    return write_table(folder / "reports.csv", made)


def file_with_copies(folder: Path) -> Path:
    """Write 284 distinct reports and 46 copies among them."""
    made = list(reports(284))
    return write_reports(folder, random.Random(1).sample(made + made[:46], 330))


def run(folder: Path, data: Path, changes: dict | None = None) -> dict:
    """Run the stage; return its rows by part, its metrics but strata and words, and what it printed."""
    params = write_params(folder / "params.yaml", "no-model", changes)
    out, metrics = folder / "split", folder / "metrics.json"
    printed = run_stage(split, data=data, out=out, metrics=metrics, params=params)
    figures = {key: value for key, value in read_json(metrics).items() if key not in ("strata", "words")}
    return {part: read_jsonl(out / f"{part}.jsonl") for part in PARTS} | {"metrics": figures, "printed": printed}


def all_rows(found: dict) -> list[dict]:
    return [row for part in PARTS for row in found[part]]


def test_the_stage_writes_three_files_and_its_figures(tmp_path):
    data = write_reports(tmp_path, [*reports(9), *list(reports(9))[:1]])
    found = run(tmp_path, data, SMALL)
    assert listed(tmp_path) == ["metrics.json", "params.yaml", "reports.csv", "split"]
    assert listed(tmp_path / "split") == ["columns.json", "test.jsonl", "train.jsonl", "validation.jsonl"]
    figures, validation = read_json(tmp_path / "metrics.json"), len(found["validation"])
    assert found["metrics"] == {
        "rows": 10, "incomplete": 0, "duplicates": 1, "groups": 9, "near_duplicates": 0, "merged_groups": 0,
        "leaked": 0, "train": 6, "validation": validation, "test": 2, "left_out": 2 - validation, "shared_groups": 0,
    }  # fmt: skip
    assert figures["words"] == {
        "source": {"p5": 14.0, "p50": 14.0, "p95": 14.0, "p100": 14.0},
        "target": {"p5": 4.0, "p50": 4.0, "p95": 4.0, "p100": 4.0},
    }
    strata = [Counter(figures["strata"][part]) for part in PARTS]
    assert [sum(part.values()) for part in strata] == [6, validation, 2]
    assert set(sum(strata, Counter())) == {"ct", "mri", "radiograph"}
    assert {row["id"]: row for row in all_rows(found)}["2"] == {
        "id": "2", "group": "2", "stratum": "mri", "title": "MRI knee", "history": "pain for 1 days",
        "source": "There is a 4 mm left fracture. The heart is normal.\nNo free air.",
        "target": "4 mm left fracture.", "leak": "",
    }  # fmt: skip
    assert found["printed"] == (
        f"10 rows, 1 of them duplicates: 6 train, {validation} validation, 2 test; {2 - validation} left over, "
        "0 incomplete; 0 pairs of near-duplicates, 0 groups merged, 0 test rows leaked\n"
    )


def test_equal_observations_with_other_impressions_stay_in_one_part(tmp_path):
    made = list(reports(40))
    more = {"Impression": "Another reader."}
    data = write_reports(
        tmp_path, made + [row | more | {"Observation": row["Observation"].upper() + " "} for row in made[:20]]
    )
    for seed in range(5):
        found = run(tmp_path, data, SMALL | {"split.train": 40, "split.seed": seed})
        figures = found["metrics"]
        assert (figures["duplicates"], figures["groups"], figures["shared_groups"]) == (0, 40, 0)
        part_of: dict[str, str] = {}
        for part in PARTS:
            for row in found[part]:
                assert part_of.setdefault(normalised(row["source"]), part) == part


def test_an_incomplete_row_is_refused_or_dropped_and_counted(tmp_path):
    made = list(reports(12))
    made[2]["Impression"] = " "
    made[5]["Observation"] = ""
    data = write_reports(tmp_path, made)
    assert error_of(run, tmp_path, data, SMALL) == (
        f"every row needs an input and a target, row 3 of {data} has an empty target (2 such rows in all): fill it in, "
        f"or set split.incomplete: drop in the params file"
    )
    assert listed(tmp_path) == ["params.yaml", "reports.csv"]
    found = run(tmp_path, data, SMALL | {"split.incomplete": "drop"})
    assert found["metrics"]["incomplete"] == 2
    assert {"3", "6"}.isdisjoint(row["id"] for row in all_rows(found))
    assert "2 incomplete; " in found["printed"]
    for field in ("Observation", "Impression"):
        data = write_reports(tmp_path, [row | {field: ""} for row in reports(12)])
        refused(r"incomplete|empty", run, tmp_path, data, SMALL | {"split.incomplete": "drop"})


def test_no_metrics_without_a_split_and_no_split_without_metrics(tmp_path):
    data = write_reports(tmp_path, list(reports(12)))
    where = {"data": data, "params": write_params(tmp_path / "params.yaml", "no-model", SMALL)}
    (tmp_path / "in-the-way").write_text("")
    metrics = tmp_path / "in-the-way" / "split.json"
    refused("cannot write", run_stage, split, **where, out=tmp_path / "split", metrics=metrics)
    assert listed(tmp_path) == ["in-the-way", "params.yaml", "reports.csv"]


def test_a_mistake_is_one_line_exit_1_and_no_output_and_torch_is_not_needed(tmp_path):
    params = write_params(tmp_path / "params.yaml", "no-model")
    code = f"""
import sys
from pipeline_lib.cli.command import run
from stages import split
assert not {{"torch", "transformers"}} & set(sys.modules)
run(lambda: split.main("--data absent.csv --params {params} --out {tmp_path}/s --metrics {tmp_path}/s.json".split()))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: data file absent.csv is missing: put it there, or name another under data in the params file\n"
    )
    assert listed(tmp_path) == ["params.yaml"]


def near_file(folder: Path) -> Path:
    """Write 40 reports; of the first 10 two more that go on, each nearly equal to the one before, and 5 copies.

    The third is less than nearly equal to the first: 16 words of 22, its number counted as three.
    """
    made = list(reports(40))
    for more in (" Seen today.", " Seen today by us here again."):
        made += [row | {"Observation": row["Observation"] + more, "History": more} for row in made[:10]]
    return write_reports(folder, made + [row | {"Impression": "Another reader."} for row in made[:5]])


def across_parts(found: dict) -> dict[tuple[str, str], float]:
    """Return {(id, id of a row of an earlier part): similarity} of near-duplicates in two parts, by definition."""
    order = {"train": 0, "validation": 1, "test": 2}
    written = [(order[part], row) for part in order for row in found[part]]
    pairs = {}
    for left, right, similarity in brute_force([row["source"] for _, row in written]):
        if written[left][0] != written[right][0]:
            pairs[written[right][1]["id"], written[left][1]["id"]] = similarity
    return pairs


@pytest.mark.parametrize("seed", range(6))
def test_grouped_near_duplicates_stay_in_one_part(tmp_path, seed):
    data = near_file(tmp_path)
    found = run(tmp_path, data, EVEN | {"split.seed": seed})
    figures, written = found["metrics"], all_rows(found)
    assert across_parts(found) == {}
    assert (figures["groups"], figures["near_duplicates"], figures["merged_groups"]) == (60, 20, 20)
    assert (figures["leaked"], figures["shared_groups"], figures["duplicates"]) == (0, 0, 0)
    assert "; 20 pairs of near-duplicates, 20 groups merged, 0 test rows leaked\n" in found["printed"]
    assert {row["leak"] for row in written} == {""}
    for row in written:  # rows 41 to 50 and 51 to 60 go on from rows 1 to 10, rows 61 to 65 are rows 1 to 5
        number = int(row["id"])
        first = number if number <= 40 else number - 60 if number > 60 else (number - 1) % 10 + 1
        assert row["group"] == str(first)
    assert figures["left_out"] == 65 - len(written)
    assert len({row["group"] for row in found["test"]}) == 8
    assert run(tmp_path, data, EVEN | {"split.seed": seed}) == found, "the seed fixes the split"
    assert run(tmp_path, data, EVEN | {"split.seed": seed + 1}) != found
    # Runs with other seeds have the same rows, unless the split has no seed of its own.
    assert run(tmp_path, data, EVEN | {"split.seed": seed, "seed": seed + 1}) == found
    assert run(tmp_path, data, EVEN | {"split.seed": None, "seed": seed}) == found


@pytest.mark.parametrize("seed", range(6))
def test_allowed_near_duplicates_are_marked_and_refused_if_set_to_fail(tmp_path, seed):
    data = near_file(tmp_path)
    allow = EVEN | {"split.seed": seed, "split.near_duplicates": "allow"}
    found = run(tmp_path, data, allow)
    near = across_parts(found)
    trained_on = {row["id"] for row in found["train"]}
    assert {row["leak"] for row in found["train"]} == {""}
    for row in found["validation"] + found["test"]:
        similar = {other: near[name, other] for name, other in near if name == row["id"] and other in trained_on}
        if similar:
            assert similar[row["leak"]] == max(similar.values())
        else:
            assert row["leak"] == ""
    figures = found["metrics"]
    leaked = sum(row["leak"] != "" for row in found["test"])
    assert leaked > 0
    assert (figures["leaked"], figures["near_duplicates"], figures["merged_groups"]) == (leaked, 20, 0)
    assert f"; 20 pairs of near-duplicates, 0 groups merged, {leaked} test rows leaked\n" in found["printed"]
    assert all(row["group"] == row["id"] or int(row["id"]) > 60 for row in found["test"] + found["train"])
    assert run(tmp_path, data, allow) == found, "the seed fixes the split"
    before = (tmp_path / "split/test.jsonl").read_bytes()
    match = re.fullmatch(
        r"no row of test or validation may have a near-duplicate in another part \(split.near_duplicates: fail\), "
        rf"{data} has (\d+) that do, the first is row (\d+), with a similarity of ([\d.]+) to row (\d+): set "
        r"split.near_duplicates in the params file to group \(they stay in one part\) or allow \(they are marked\), or "
        "remove one row of each pair from the data",
        error_of(run, tmp_path, data, allow | {"split.near_duplicates": "fail"}),
    )
    assert match
    assert int(match[1]) == len({row for row, _ in near})
    assert f"{near[match[2], match[4]]:.3f}" == match[3]
    assert (tmp_path / "split/test.jsonl").read_bytes() == before, "nothing was written"


def test_a_near_duplicate_in_test_and_validation_is_refused_and_is_not_a_leak(tmp_path):
    made = [*reports(12)]
    made.append(made[0] | {"Observation": made[0]["Observation"] + " Seen today."})
    data = write_reports(tmp_path, made)
    sizes = {"split.train": 1, "split.test": 6, "split.validation": 6}
    for seed in range(20):
        found = run(tmp_path, data, sizes | {"split.seed": seed, "split.near_duplicates": "allow"})
        if across_parts(found) and found["train"][0]["id"] not in ("1", "13"):
            break
    assert {row["leak"] for row in found["test"] + found["validation"]} == {""}
    assert found["metrics"]["leaked"] == 0
    message = r"1 that do, the first is row (1|13), with a similarity of 0\.889 to row (1|13): "
    refused(message, run, tmp_path, data, sizes | {"split.seed": seed, "split.near_duplicates": "fail"})


def test_near_duplicates_in_one_part_are_not_refused(tmp_path):
    made = [*reports(12)]
    made += [made[0] | {"Observation": made[0]["Observation"] + f" Seen {more}."} for more in ("once", "twice")] * 2
    data = write_reports(tmp_path, made)  # copies of copies: test takes them last
    for seed in range(20):
        found = run(tmp_path, data, {**SMALL, "split.seed": seed, "split.near_duplicates": "allow"})
        if not across_parts(found):
            break
    strict = run(tmp_path, data, {**SMALL, "split.seed": seed, "split.near_duplicates": "fail"})
    assert (strict, strict["metrics"]["near_duplicates"], strict["metrics"]["leaked"]) == (found, 3, 0)
