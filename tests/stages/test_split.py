"""The stage split on one table: the files and figures it writes, and near-duplicates grouped, marked or refused."""

import csv
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, read_jsonl
from pipeline_lib.core.text import normalised
from stages import split
from tests.helpers.brute_force import brute_force
from tests.helpers.toys import ROOT, reports, write_params

HEADER = ["Report Name", "History", "Observation", "Impression"]


def test_330_rows_with_46_duplicates_give_300_and_30(tmp_path, capsys):
    data = file_with_copies(tmp_path)
    assert run(tmp_path, data)["metrics"] == {
        "rows": 330,
        "incomplete": 0,
        "duplicates": 46,
        "groups": 284,
        "near_duplicates": 0,
        "merged_groups": 0,
        "leaked": 0,
        "train": 300,
        "validation": 0,
        "test": 30,
        "left_out": 0,
        "validation_needs": {"rows": 360, "train": 263},
        "shared_groups": 0,
    }
    assert capsys.readouterr().out.splitlines()[-1] == (
        "no row is left for validation, so the last epoch is kept and nothing can be chosen: bring 360 rows, or set "
        "split.train: 263"
    )
    assert run(tmp_path, data, {"split.train": 263})["metrics"]["validation"] == 30


def test_330_rows_without_their_duplicates_are_too_few(tmp_path):
    with pytest.raises(UserError) as caught:
        run(tmp_path, file_with_copies(tmp_path), {"split.duplicates": "drop"})
    assert str(caught.value) == (
        f"split wants 330 rows (300 train + 30 test), {tmp_path / 'reports.csv'} has 330 (46 of them duplicates, left "
        "out) in 284 groups of equal input: lower split.train to 254 in the params file, or bring more rows"
    )
    figures = run(tmp_path, tmp_path / "reports.csv", {"split.duplicates": "drop", "split.train": 254})["metrics"]
    assert (figures["train"], figures["test"], figures["left_out"]) == (254, 30, 46)


def file_with_copies(folder: Path) -> Path:
    """Write 284 distinct reports and 46 copies among them."""
    made = list(reports(284))
    return write_csv(folder / "reports.csv", random.Random(1).sample(made + made[:46], 330))


def write_csv(path: Path, made: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(made)
    return path


def run(folder: Path, data: Path, changes: dict | None = None) -> dict:
    """Run the stage; return its rows by part, and its metrics but strata and words."""
    params = write_params(folder / "params.yaml", "no-model", changes)
    out, metrics = folder / "split", folder / "metrics.json"
    split.main(["--data", str(data), "--out", str(out), "--metrics", str(metrics), "--params", str(params)])
    figures = read_json(metrics)
    parts = {part: read_jsonl(out / f"{part}.jsonl") for part in ("train", "validation", "test")}
    return {**parts, "metrics": {key: figures[key] for key in figures if key not in ("strata", "words")}}


SMALL = {"split.train": 6, "split.test": 2, "split.validation": 3}


def test_the_stage_writes_three_files_and_its_figures(tmp_path, capsys):
    data = write_csv(tmp_path / "reports.csv", [*reports(9), *list(reports(9))[:1]])
    found = run(tmp_path, data, SMALL)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["metrics.json", "params.yaml", "reports.csv", "split"]
    assert sorted(path.name for path in (tmp_path / "split").iterdir()) == [
        "test.jsonl",
        "train.jsonl",
        "validation.jsonl",
    ]
    figures = read_json(tmp_path / "metrics.json")
    assert found["metrics"] == {
        "rows": 10,
        "incomplete": 0,
        "duplicates": 1,
        "groups": 9,
        "near_duplicates": 0,
        "merged_groups": 0,
        "leaked": 0,
        "train": 6,
        "validation": len(found["validation"]),
        "test": 2,
        "left_out": 10 - 8 - len(found["validation"]),
        "shared_groups": 0,
    }
    assert figures["words"] == {
        "source": {"p5": 14.0, "p50": 14.0, "p95": 14.0, "p100": 14.0},
        "target": {"p5": 4.0, "p50": 4.0, "p95": 4.0, "p100": 4.0},
    }
    strata = [Counter(figures["strata"][part]) for part in ("train", "validation", "test")]
    assert [sum(part.values()) for part in strata] == [6, len(found["validation"]), 2]
    assert set(sum(strata, Counter())) == {"ct", "mri", "radiograph"}
    by_id = {row["id"]: row for part in ("train", "validation", "test") for row in found[part]}
    assert by_id["2"] == {
        "id": "2",
        "group": "2",
        "stratum": "mri",
        "title": "MRI knee",
        "history": "pain for 1 days",
        "source": "There is a 4 mm left fracture. The heart is normal.\nNo free air.",
        "target": "4 mm left fracture.",
        "leak": "",
    }
    assert capsys.readouterr().out == (
        f"10 rows, 1 of them duplicates: 6 train, {len(found['validation'])} validation, 2 test; "
        f"{found['metrics']['left_out']} left over, 0 incomplete; "
        "0 pairs of near-duplicates, 0 groups merged, 0 test rows leaked\n"
    )


def test_the_stage_run_twice_writes_the_same_bytes(tmp_path):
    data = write_csv(tmp_path / "reports.csv", list(reports(12)))
    first, second = [(run(tmp_path, data, SMALL), (tmp_path / "split/train.jsonl").read_bytes()) for _ in range(2)]
    assert first == second
    assert run(tmp_path, data, SMALL | {"seed": 43}) != first[0]


def test_equal_observations_with_other_impressions_stay_in_one_part(tmp_path):
    made = list(reports(40))
    twins = [
        row | {"Impression": "Another reader.", "Observation": row["Observation"].upper() + " "} for row in made[:20]
    ]
    for seed in range(5):
        found = run(
            tmp_path, write_csv(tmp_path / "reports.csv", made + twins), SMALL | {"split.train": 40, "seed": seed}
        )
        assert found["metrics"]["duplicates"] == 0
        assert found["metrics"]["groups"] == 40
        assert found["metrics"]["shared_groups"] == 0
        part_of: dict[str, str] = {}
        for part in ("train", "validation", "test"):
            for row in found[part]:
                assert part_of.setdefault(normalised(row["source"]), part) == part


def test_an_incomplete_row_is_refused_or_dropped_and_counted(tmp_path, capsys):
    made = list(reports(12))
    made[2]["Impression"] = " "
    made[5]["Observation"] = ""
    data = write_csv(tmp_path / "reports.csv", made)
    with pytest.raises(UserError) as caught:
        run(tmp_path, data, SMALL)
    assert str(caught.value) == (
        f"every row needs an input and a target, row 3 of {data} has an empty target (2 such rows in all): fill it in, "
        f"or set split.incomplete: drop in the params file"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["params.yaml", "reports.csv"]
    found = run(tmp_path, data, SMALL | {"split.incomplete": "drop"})
    assert found["metrics"]["incomplete"] == 2
    assert {"3", "6"}.isdisjoint(row["id"] for part in ("train", "validation", "test") for row in found[part])
    assert "2 incomplete; " in capsys.readouterr().out


@pytest.mark.parametrize("field", ["Observation", "Impression"])
def test_rows_that_are_all_incomplete_are_refused(tmp_path, field):
    data = write_csv(tmp_path / "reports.csv", [row | {field: ""} for row in reports(12)])
    with pytest.raises(UserError, match=r"incomplete|empty"):
        run(tmp_path, data, SMALL | {"split.incomplete": "drop"})


def test_no_metrics_without_a_split_and_no_split_without_metrics(tmp_path):
    data = write_csv(tmp_path / "reports.csv", list(reports(12)))
    params = write_params(tmp_path / "params.yaml", "no-model", SMALL)
    (tmp_path / "in-the-way").write_text("")
    where = ["--out", str(tmp_path / "split"), "--metrics", str(tmp_path / "in-the-way" / "split.json")]
    with pytest.raises(UserError, match="cannot write"):
        split.main(["--data", str(data), "--params", str(params), *where])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in-the-way", "params.yaml", "reports.csv"]


def test_a_mistake_is_one_line_exit_1_and_no_output(tmp_path):
    params = write_params(tmp_path / "params.yaml", "no-model")
    command = [sys.executable, "-m", "stages.split", "--data", "absent.csv", "--params", str(params)]
    command += ["--out", str(tmp_path / "split"), "--metrics", str(tmp_path / "split.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: data file absent.csv is missing: put it there, or name another under data in the params file\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_the_stage_needs_no_torch():
    code = "import sys, stages.split; print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# Near-duplicates.

MODES = ("group", "fail", "allow")
EVEN = {"split.train": 30, "split.test": 8, "split.validation": 8}


def near_file(folder: Path) -> Path:
    """Write 40 reports; of the first 10 two more that go on, each nearly equal to the one before, and 5 copies.

    The third is less than nearly equal to the first: 10 grams of 14.
    """
    made = list(reports(40))
    for more in (" Seen today.", " Seen today by us."):
        made += [row | {"Observation": row["Observation"] + more, "History": more} for row in made[:10]]
    return write_csv(folder / "reports.csv", made + [row | {"Impression": "Another reader."} for row in made[:5]])


def across_parts(found: dict) -> dict[tuple[str, str], float]:
    """Return {(id, id of a row of an earlier part): similarity} of near-duplicates in two parts, by definition."""
    order = {"train": 0, "validation": 1, "test": 2}
    written = [(order[part], row) for part in order for row in found[part]]
    pairs = {}
    for left, right, similarity in brute_force([row["source"] for _, row in written], 0.8):
        if written[left][0] != written[right][0]:
            pairs[written[right][1]["id"], written[left][1]["id"]] = similarity
    return pairs


@pytest.mark.parametrize("seed", range(6))
def test_grouped_near_duplicates_stay_in_one_part(tmp_path, capsys, seed):
    found = run(tmp_path, near_file(tmp_path), EVEN | {"seed": seed})
    figures = found["metrics"]
    assert across_parts(found) == {}
    assert (figures["groups"], figures["near_duplicates"], figures["merged_groups"]) == (60, 20, 20)
    assert (figures["leaked"], figures["shared_groups"], figures["duplicates"]) == (0, 0, 0)
    assert "; 20 pairs of near-duplicates, 20 groups merged, 0 test rows leaked\n" in capsys.readouterr().out
    written = [row for part in ("train", "validation", "test") for row in found[part]]
    assert {row["leak"] for row in written} == {""}
    for row in written:  # rows 41 to 50 and 51 to 60 go on from rows 1 to 10, rows 61 to 65 are rows 1 to 5
        number = int(row["id"])
        first = number if number <= 40 else number - 60 if number > 60 else (number - 1) % 10 + 1
        assert row["group"] == str(first)
    assert figures["left_out"] == 65 - len(written)
    assert len({row["group"] for row in found["test"]}) == 8


@pytest.mark.parametrize("seed", range(6))
def test_allowed_near_duplicates_are_marked(tmp_path, capsys, seed):
    found = run(tmp_path, near_file(tmp_path), EVEN | {"seed": seed, "split.near_duplicates": "allow"})
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
    assert f"; 20 pairs of near-duplicates, 0 groups merged, {leaked} test rows leaked\n" in capsys.readouterr().out
    assert all(row["group"] == row["id"] or int(row["id"]) > 60 for row in found["test"] + found["train"])


@pytest.mark.parametrize("seed", range(6))
def test_near_duplicates_in_two_parts_are_refused_if_set_to_fail(tmp_path, seed):
    data = near_file(tmp_path)
    near = across_parts(run(tmp_path, data, EVEN | {"seed": seed, "split.near_duplicates": "allow"}))
    before = (tmp_path / "split/test.jsonl").read_bytes()
    with pytest.raises(UserError) as caught:
        run(tmp_path, data, EVEN | {"seed": seed, "split.near_duplicates": "fail"})
    match = re.fullmatch(
        r"no row of test or validation may have a near-duplicate in another part \(split.near_duplicates: fail\), "
        rf"{data} has (\d+) that do, the first is row (\d+), with a similarity of ([\d.]+) to row (\d+): set "
        r"split.near_duplicates in the params file to group \(they stay in one part\) or allow \(they are marked\), or "
        "remove one row of each pair from the data",
        str(caught.value),
    )
    assert match
    assert int(match[1]) == len({row for row, _ in near})
    assert f"{near[match[2], match[4]]:.3f}" == match[3]
    assert (tmp_path / "split/test.jsonl").read_bytes() == before, "nothing was written"


def test_a_near_duplicate_in_test_and_validation_is_refused_and_is_not_a_leak(tmp_path):
    made = [*reports(12)]
    made.append(made[0] | {"Observation": made[0]["Observation"] + " Seen today."})
    data = write_csv(tmp_path / "reports.csv", made)
    sizes = {"split.train": 1, "split.test": 6, "split.validation": 6}
    for seed in range(20):
        found = run(tmp_path, data, sizes | {"seed": seed, "split.near_duplicates": "allow"})
        if across_parts(found) and found["train"][0]["id"] not in ("1", "13"):
            break
    assert {row["leak"] for row in found["test"] + found["validation"]} == {""}
    assert found["metrics"]["leaked"] == 0
    with pytest.raises(
        UserError, match=r"1 that do, the first is row (1|13), with a similarity of 0\.833 to row (1|13): "
    ):
        run(tmp_path, data, sizes | {"seed": seed, "split.near_duplicates": "fail"})


def test_near_duplicates_in_one_part_are_not_refused(tmp_path):
    made = [*reports(12)]
    made += [made[0] | {"Observation": made[0]["Observation"] + f" Seen {more}."} for more in ("once", "twice")] * 2
    data = write_csv(tmp_path / "reports.csv", made)  # copies of copies: test takes them last
    for seed in range(20):
        found = run(tmp_path, data, {**SMALL, "seed": seed, "split.near_duplicates": "allow"})
        if not across_parts(found):
            break
    strict = run(tmp_path, data, {**SMALL, "seed": seed, "split.near_duplicates": "fail"})
    assert strict == found
    assert strict["metrics"]["near_duplicates"] == 3
    assert strict["metrics"]["leaked"] == 0


@pytest.mark.parametrize("mode", MODES)
def test_without_near_duplicates_all_modes_give_the_same(tmp_path, mode):
    data = file_with_copies(tmp_path)
    assert run(tmp_path, data, {"split.near_duplicates": mode}) == run(tmp_path, data)


@pytest.mark.parametrize("mode", ["group", "allow"])
def test_the_seed_fixes_the_split_of_near_duplicates(tmp_path, mode):
    data = near_file(tmp_path)
    changes = [EVEN | {"split.near_duplicates": mode, "seed": seed} for seed in (1, 1, 2)]
    first, again, other = (run(tmp_path, data, change) for change in changes)
    assert first == again != other
