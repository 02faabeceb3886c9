"""compare_runs: figures against significance itself, revisions of a real repository, old names, what is refused."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from pipeline_lib.cli.command import run
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_text
from pipeline_lib.evaluation.metrics.definitions import METRICS, definition
from pipeline_lib.evaluation.run_comparison import compare, read_run
from pipeline_lib.evaluation.significance import gain
from stages import compare_runs
from tests.helpers.toys import ROOT

IDS = ["NA", "007", "1e5", "a,b", 'q"uote', "two\nlines", " space", "胸部", "é\u2028", "\x1b[31mred"] + [
    f"r{number:02}" for number in range(20)
]
LISTED = ("perplexity", "rouge1", "rougeL", "unsupported_number")


def definitions(**changes):
    metrics = {
        name: {
            "columns": list(METRICS[name].columns),
            "better": METRICS[name].better,
            "title": METRICS[name].title,
            "meaning": METRICS[name].meaning,
        }
        for name in LISTED
    }
    return {"test_rows": "h1", "interval": "95%", "metrics": metrics, "baselines": {"lead": "two sentences"}, **changes}


def table(seed, gain=0.0):
    """Return the rows of one run: the same ids, sizes and lead for every seed; tuned's figures higher by `gain`."""
    fixed, random = np.random.default_rng(0), np.random.default_rng(seed)
    rows = []
    for number, name in enumerate(IDS):
        row = {"id": name, "group": f"g{number // 2}", "leaked": 0, "tokens": int(fixed.integers(5, 40)), "rows": 1}
        level, lead = fixed.uniform(0.2, 0.6, 2)
        row |= {"tuned.nats": round(row["tokens"] * (1.5 - gain + 0.2 * random.random()), 6), "tuned.empty": 0}
        for rouge in ("rouge1", "rougeL"):
            row[f"tuned.{rouge}"] = round(min(1.0, level + gain + random.uniform(-0.1, 0.1)), 6)
            row[f"lead.{rouge}"] = round(lead, 6)
        rows.append(row | {"tuned.unsupported_number": int(random.random() < 0.2), "lead.unsupported_number": 0})
    return rows


def write(folder, rows, meanings=None, headline="rougeL"):
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / "rows.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    (folder / "definitions.json").write_text(json.dumps(meanings or definitions()), encoding="utf-8")
    (folder / "scores.json").write_text(json.dumps({"headline": headline}), encoding="utf-8")


A, B, EXPERIMENT, WORSE = table(1), table(2, gain=0.12), table(3, gain=0.05), table(4, gain=-0.2)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a project with the commits old (no rows), first (A) and second (B), and the experiment gentle-newt.

    The project is a folder of the Git repository, as in a monorepo.
    """
    project = tmp_path_factory.mktemp("repository") / "project"
    project.mkdir()
    who = {f"GIT_{role}_{what}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def call(*command):
        environment = {**os.environ, **who, "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    call("git", "init", "-q", "-b", "main", "..")
    call(sys.executable, "-m", "dvc", "init", "-q", "--subdir")
    (project / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    for revision, rows in {"old": None, "first": A, "second": B}.items():
        if rows:
            write(project / "metrics", rows)
            write(project / "recipes" / "qa" / "metrics", rows[:12])
        call("git", "add", "-A")
        call("git", "commit", "-qm", revision)
        call("git", "tag", revision)
    write(project / "metrics", EXPERIMENT)
    call(sys.executable, "-m", "dvc", "exp", "save", "-q", "--name", "gentle-newt")
    call("git", "checkout", "-q", ".")
    return project


@pytest.fixture
def project(repository, monkeypatch):
    """Go to the repository; afterwards its working tree is what was committed last."""
    monkeypatch.chdir(repository)
    yield repository
    subprocess.run(["git", "checkout", "-q", "."], cwd=repository, check=True)


@pytest.fixture
def printed(project, capsys):
    """Return a call of the stage that returns what it printed, as JSON where asked for."""

    def call(*arguments):
        compare_runs.main(list(arguments))
        out, err = capsys.readouterr()
        assert not err
        return json.loads(out) if "--json" in arguments else out

    return call


def expected(one, other, metric):
    """Return what significance says of two tables of rows, the rows of the second in the order of the first."""
    by_id = {row["id"]: row for row in other}
    sides = [
        np.array([[row.get(f"tuned.{name}", row.get(name)) for name in METRICS[metric].columns] for row in rows], float)
        for rows in (one, [by_id[row["id"]] for row in one])
    ]
    made = METRICS[metric]
    return gain(sides[1], sides[0], made.value, made.better, [row["group"] for row in one], 0)


def check_figures(found, one, other):
    """Compare every metric with what significance gives for the two tables of rows."""
    for name in LISTED:
        wanted = expected(one, other, name)
        assert {key: found["metrics"][name][key] for key in vars(wanted)} == pytest.approx(vars(wanted)), name


def test_every_metric_is_what_significance_says(printed):
    found = printed("first", "second", "--json")
    assert list(found["metrics"]) == list(LISTED)
    check_figures(found, A, B)
    assert found["metrics"]["rougeL"]["verdict"] == "better"
    assert found["metrics"]["perplexity"]["verdict"] == "better"  # it fell
    assert found["metrics"]["perplexity"]["difference"] < 0
    assert found["metrics"]["rougeL"]["a"] == pytest.approx(np.mean([row["tuned.rougeL"] for row in A]))
    assert (found["n"], found["groups"], found["headline"], found["system"]) == (30, 15, "rougeL", "tuned")
    back = printed("second", "first", "--json")
    assert back["metrics"]["rougeL"]["verdict"] == "worse"
    assert back["metrics"]["rougeL"]["p"] == found["metrics"]["rougeL"]["p"]


def test_an_experiment_and_the_workspace_are_revisions(printed, project):
    found = printed("HEAD~1", "gentle-newt", "--json")
    check_figures(found, A, EXPERIMENT)
    assert len(found["b"]["commit"]) == 40
    write(project / "metrics", WORSE)
    found = printed("gentle-newt", "workspace", "--json")
    check_figures(found, EXPERIMENT, WORSE)
    assert found["b"] == {"revision": "workspace", "commit": None}


def test_rows_pair_by_id_in_any_order(printed, project):
    write(project / "metrics", B[::-1])
    check_figures(printed("first", "workspace", "--json"), A, B)


def test_the_rows_that_changed_most_are_named_as_they_are(printed):
    found = printed("first", "second", "--json", "--rows", "30")
    changes = {row["id"]: other["tuned.rougeL"] - row["tuned.rougeL"] for row, other in zip(A, B, strict=True)}
    gained, lost = ({row["id"]: row["difference"] for row in found[key]} for key in ("gained", "lost"))
    assert gained == pytest.approx({name: change for name, change in changes.items() if change > 0})
    assert lost == pytest.approx({name: change for name, change in changes.items() if change < 0})
    assert list(gained.values()) == sorted(gained.values(), reverse=True)
    assert list(lost.values()) == sorted(lost.values())
    assert [len(printed("first", "second", "--json")[key]) for key in ("gained", "lost")] == [10, min(10, len(lost))]


def test_the_table_says_what_the_json_says(printed):
    found, text = printed("first", "second", "--json"), printed("first", "second")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    for name, made in found["metrics"].items():
        line = next(line for line in lines if line.startswith(name)).split()
        assert line[0] == name + "*" * (name == "rougeL")
        numbers = [float(cell) for cell in (*line[1:5], line[6])]
        wanted = [made[key] for key in ("a", "b", "difference", "low", "high")]
        assert numbers == pytest.approx(wanted, abs=6e-5)
        assert line[7] == made["p_text"]
        assert " ".join(line[8:-1]) == made["verdict"]
        assert line[-1] == f"{made['rows_better']}/{made['rows_worse']}"
    assert "* rougeL decides: p is not corrected for there being 4 metrics" in text
    assert "Lower is better: perplexity, unsupported_number." in text
    gained = lines[lines.index(next(line for line in lines if line.startswith("gained most in rougeL"))) + 1 :]
    for line, row in zip(gained, found["gained"], strict=False):
        assert line.split()[-1] == f"{row['difference']:+.4f}"


def test_no_id_reaches_the_terminal_as_control_signs(printed):
    text = printed("first", "second", "--rows", "30")
    assert "\x1b" not in text
    assert "\\x1b[31mred" in text
    assert "two\\nlines" in text


def test_a_baseline_and_a_recipe_can_be_compared(printed):
    found = printed("first", "second", "--json", "--system", "lead", "--metrics-dir", "recipes/qa/metrics")
    assert found["n"] == 12
    assert found["absent"] == ["perplexity"]
    assert {made["verdict"] for made in found["metrics"].values()} == {"no clear difference"}
    assert (found["gained"], found["lost"]) == ([], [])
    assert "lead has no perplexity." in printed("first", "second", "--system", "lead")


def test_perplexities_of_two_tokenizers_are_not_compared(printed, project):
    write(project / "metrics", [row | {"tokens": row["tokens"] + 1} for row in B])
    found = printed("first", "workspace", "--json")
    assert (found["other_tokens"], list(found["metrics"])) == (
        ["perplexity"],
        ["rouge1", "rougeL", "unsupported_number"],
    )
    assert "count tokens differently: perplexity." in printed("first", "workspace")
    write(project / "metrics", [row | {"tokens": row["tokens"] + 1} for row in B], headline="perplexity")
    with pytest.raises(UserError, match="headline is rougeL and perplexity"):
        printed("first", "workspace")


def test_one_group_and_leaked_rows_are_noted(printed, project):
    rows = [row | {"group": "g", "leaked": 1} for row in A]
    write(project / "metrics", rows)
    found, text = printed("workspace", "workspace", "--json"), printed("workspace", "workspace")
    assert found["metrics"]["rougeL"]["low"] is None
    assert "All rows are one group" in text
    assert "30 of the rows are close to rows that B trained on." in text


def test_a_run_has_no_clear_difference_from_itself(printed):
    assert {made["verdict"] for made in printed("first", "first", "--json")["metrics"].values()} == {
        "no clear difference"
    }
    assert "All rows differ by the same in rougeL." in printed("first", "first")


def test_fail_if_worse(printed, project, capsys):
    printed("first", "second", "--fail-if-worse")
    printed("first", "first", "--fail-if-worse")
    for json_too in ([], ["--json"]):
        with pytest.raises(SystemExit) as stopped:
            compare_runs.main(["second", "first", "--fail-if-worse", *json_too])
        message = str(stopped.value.code)  # Python prints it to stderr and exits 1
        assert message.startswith("worse: rougeL of first is 0.")
        assert "\n" not in message
        assert capsys.readouterr().out


def test_the_command_line(project):
    """Exit code and streams of the command itself; a warning of numpy's would be a second line."""
    done = subprocess.run(
        [sys.executable, "-m", "stages.compare_runs", "second", "first", "--fail-if-worse", "--json"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["metrics"]["rougeL"]["verdict"] == "worse"
    assert done.stderr.startswith("worse: rougeL")
    assert done.stderr.count("\n") == 1


def test_a_refusal_is_one_line_and_exit_code_1(project, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(lambda: compare_runs.main(["first", "nowhere", "--json"]))
    out, err = capsys.readouterr()
    assert (stopped.value.code, out) == (1, "")
    assert err.startswith("error: there is no revision 'nowhere'")
    assert err.count("\n") == 1


def without(name):
    changed = definitions()
    del changed["metrics"][name]
    return changed


def other(key, value):
    changed = definitions()
    changed["metrics"]["rougeL"] |= {key: value}
    return changed


REFUSED = {
    "fewer": (B[:28], None, r"2 only in first \('r18', 'r19'\); 0 only in workspace: compare runs of one split"),
    "more": ([*B, B[0] | {"id": "new"}], None, r"0 only in first; 1 only in workspace \('new'\)"),
    "others": ([row | {"id": f"n{row['id']}"} for row in B], None, r"30 only in first \('NA', '007', '1e5', 'a,b', "),
    "hash": (B, definitions(test_rows="h2"), "first and workspace have the same ids, but the input or the ref"),
    "metrics": (B, without("rouge1"), "first and workspace differ: rouge1 is only in first: run score again"),
    "meaning": (B, other("meaning", "stemmed"), r"meaning of rougeL is .F-measure of .*\.\.\. and 'stemmed'"),
    "better": (B, other("better", "lower"), "better of rougeL is 'higher' and 'lower'"),
    "columns": (B, other("columns", ["rouge1", "rows"]), r"columns of rougeL is .*'rougeL'.* and \['rouge1', 'rows'\]"),
    "groups": ([row | {"group": row["id"]} for row in B], None, "both must group the test rows alike"),
    "nan": ([B[0] | {"tuned.rougeL": "nan"}, *B[1:]], None, "tuned.rougeL of row 'NA' is nan.*score stage again"),
    "empty": ([B[0] | {"tuned.rougeL": ""}, *B[1:]], None, "tuned.rougeL of row 'NA' is "),
    "no tokens": ([B[0] | {"tokens": 0}, *B[1:]], None, "tokens of row 'NA' is 0"),
    "twice": ([*B, B[0]], None, "each id once"),
    "no columns": ([{"id": "a"}], None, "metrics of workspace is not what score writes"),
    "no hash": (B, {"metrics": {}}, "KeyError: 'test_rows'"),
}


def test_runs_with_and_without_cut_answers_are_compared(printed, project):
    meanings = definitions()
    meanings["metrics"]["not_ended"] = definition(METRICS["not_ended"])
    write(project / "metrics", [row | {"tuned.not_ended": 1} for row in B], meanings)
    assert "rougeL" in printed("first", "workspace")


@pytest.mark.parametrize(("rows", "meanings", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared_is_refused(printed, project, rows, meanings, message):
    write(project / "metrics", rows, meanings)
    with pytest.raises(UserError, match=message):
        printed("first", "workspace")


def test_a_title_may_be_reworded_and_a_meaning_of_a_baseline_that_is_not_compared(printed, project):
    reworded = other("title", "ROUGE L") | {"baselines": {"lead": "one sentence"}}
    write(project / "metrics", B, reworded)
    check_figures(printed("first", "workspace", "--json"), A, B)
    with pytest.raises(UserError, match="lead is 'two sentences' and 'one sentence'"):
        printed("first", "workspace", "--system", "lead")


def test_a_metric_that_this_code_defines_differently_is_refused(printed, project):
    write(project / "metrics", B, other("columns", ["rouge1", "rows"]))
    with pytest.raises(UserError, match="rougeL is another metric in this code"):
        printed("workspace", "workspace")


@pytest.mark.parametrize("revision", ["nowhere", "", " ", "HEAD~99", "HEAD:metrics", "main..second", "--"])
def test_an_unknown_revision_is_named(printed, revision):
    """An empty one too, for which DVC would take the working tree: an unset variable in CI."""
    with pytest.raises(UserError, match=f"there is no revision {revision!r}.*dvc exp list"):
        read_run(revision, "metrics")


def test_missing_files_are_named(printed, project):
    with pytest.raises(UserError, match=r"old has no metrics/scores.json: it is older than the score stage"):
        printed("old", "second")
    with pytest.raises(UserError, match=r"first has no elsewhere/scores.json.*name another --metrics-dir"):
        printed("first", "second", "--metrics-dir", "elsewhere")
    (project / "metrics" / "rows.csv").unlink()
    with pytest.raises(UserError, match=r"workspace has no metrics/rows.csv: run dvc repro"):
        printed("first", "workspace")


def test_an_unknown_system_is_named(printed):
    with pytest.raises(UserError, match=r"no system 'tuend' \(did you mean tuned\?\): it has tuned, lead"):
        printed("first", "second", "--system", "tuend")


def test_without_git_only_the_workspace_can_be_read(tmp_path, monkeypatch):
    write(tmp_path / "metrics", A)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    compare_runs.main(["workspace", "workspace"])
    with pytest.raises(UserError, match="not in a Git repository, so main cannot be read"):
        compare_runs.main(["main", "workspace"])


def test_a_clone_without_dvc_is_enough(repository, tmp_path, monkeypatch, capsys):
    """Git alone has the files, as in CI that checks out and installs."""
    subprocess.run(["git", "clone", "-q", str(repository.parent), str(tmp_path / "clone")], check=True)
    shutil.rmtree(tmp_path / "clone" / "project" / ".dvc")
    monkeypatch.chdir(tmp_path / "clone" / "project")
    compare_runs.main(["first", "origin/main", "--json"])
    check_figures(json.loads(capsys.readouterr().out), A, B)


# A run from before names changed: scores, definitions and rows of an impression run as they were committed then.
OLD = ROOT / "tests" / "evaluation" / "before_the_renaming"
NEW_NAMES = {
    '"floors"': '"baselines"', '"held_out"': '"test_rows"', '"constant"': '"majority"',
    '"neighbour"': '"nearest_row"', '"consensus"': '"minimum_bayes_risk"',
    "base.": "untrained.", "constant.": "majority.", "neighbour.": "nearest_row.", "consensus.": "minimum_bayes_risk.",
}  # fmt: skip


@pytest.mark.parametrize("system", ["tuned", "untrained", "majority", "nearest_row", "minimum_bayes_risk", "lead"])
def test_an_old_run_has_no_difference_from_itself_under_todays_names(tmp_path, system):
    for name in ("scores.json", "definitions.json", "rows.csv"):
        text = (OLD / name).read_text(encoding="utf-8")
        for old, new in NEW_NAMES.items():
            text = text.replace(old, new)
        write_text(tmp_path / "new" / name, text)
        shutil.copy(OLD / name, tmp_path / name)
    before, after = (read_run("workspace", str(folder)) for folder in (tmp_path, tmp_path / "new"))
    for found in (compare(before, after, system, 0, 10), compare(after, before, system, 0, 10)):
        assert found["n"] == 30
        assert {made["difference"] for made in found["metrics"].values()} == {0}
        assert {made["verdict"] for made in found["metrics"].values()} == {"no clear difference"}
        assert set(found["absent"]) <= {"perplexity", "bits_per_byte"}
        assert found["gained"] == found["lost"] == []


@pytest.mark.parametrize("rows", ["-1", "1.5", "many", "²"])
def test_rows_must_be_a_count(rows, capsys):
    with pytest.raises(SystemExit):
        compare_runs.main(["a", "b", f"--rows={rows}"])
    assert "must be a whole number from 0 up" in capsys.readouterr().err
