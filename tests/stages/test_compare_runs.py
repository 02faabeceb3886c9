"""compare_runs: figures against significance itself, revisions of a real repository, old names, what is refused."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from pipeline_lib.cli.command import run
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json, write_text
from pipeline_lib.evaluation.metrics.definitions import METRICS, definition
from pipeline_lib.evaluation.run_comparison import compare, read_run
from pipeline_lib.evaluation.significance import gain
from stages import compare_runs
from tests.helpers.stages import refused
from tests.helpers.tables import write_table
from tests.helpers.toys import ROOT

IDS = ["NA", "007", "1e5", "a,b", 'q"uote', "two\nlines", " space", "胸部", "é\u2028", "\x1b[31mred"] + [
    f"r{number:02}" for number in range(20)
]
LISTED = ("perplexity", "rouge1", "rougeL", "unsupported_number")
OTHER_COLUMNS = {"columns": ["rouge1", "rows"]}


def definitions(drop="", **changes):
    """Return the definitions of LISTED without the metric `drop`; changes of rougeL are made, others beside them."""
    metrics = {
        name: {key: getattr(METRICS[name], key) for key in ("columns", "better", "title", "meaning")}
        for name in LISTED
        if name != drop
    }
    own = {key: changes.pop(key) for key in list(changes) if key in metrics["rougeL"]}
    metrics["rougeL"] |= own
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
    write_table(folder / "rows.csv", rows)
    write_json(folder / "definitions.json", meanings or definitions())
    write_json(folder / "scores.json", {"headline": headline})


A, B, EXPERIMENT, WORSE = table(1), table(2, gain=0.12), table(3, gain=0.05), table(4, gain=-0.2)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a project with the commits old (no rows), first (A) and second (B), and the experiment gentle-newt.

    The project is a folder of the Git repository, as in a monorepo.
    """
    project = tmp_path_factory.mktemp("repository") / "project"
    project.mkdir()
    who = {f"GIT_{role}_{what}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "DVC_NO_ANALYTICS": "1"}

    def call(command):
        words = command.replace("dvc", f"{sys.executable} -m dvc").split()
        done = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    call("git init -q -b main ..")
    call("dvc init -q --subdir")
    (project / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    for revision, rows in {"old": None, "first": A, "second": B}.items():
        if rows:
            write(project / "metrics", rows)
            write(project / "recipes" / "qa" / "metrics", rows[:12])
        for command in ("add -A", f"commit -qm {revision}", f"tag {revision}"):
            call(f"git {command}")
    write(project / "metrics", EXPERIMENT)
    call("dvc exp save -q --name gentle-newt")
    call("git checkout -q .")
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


def check_figures(found, one, other):
    """Compare every metric with what significance gives for two tables of rows, the second in the first's order."""
    by_id = {row["id"]: row for row in other}
    tables = one, [by_id[row["id"]] for row in one]
    for name in LISTED:
        made = METRICS[name]
        columns = [[[row.get(f"tuned.{c}", row.get(c)) for c in made.columns] for row in rows] for rows in tables]
        a, b = np.array(columns, float)
        wanted = vars(gain(b, a, made.value, made.better, [row["group"] for row in one], 0))
        assert {key: found["metrics"][name][key] for key in wanted} == pytest.approx(wanted), name


def test_every_metric_is_what_significance_says(printed, project):
    found = printed("first", "second", "--json")
    assert list(found["metrics"]) == list(LISTED)
    check_figures(found, A, B)
    assert found["metrics"]["rougeL"]["verdict"] == "better"
    assert found["metrics"]["perplexity"]["verdict"] == "better"  # it fell
    assert found["metrics"]["perplexity"]["difference"] < 0
    assert found["metrics"]["rougeL"]["a"] == pytest.approx(np.mean([row["tuned.rougeL"] for row in A]))
    assert (found["n"], found["groups"], found["headline"], found["system"]) == (30, 15, "rougeL", "tuned")
    other = printed("first", "second", "--json", "--seed", "7")
    assert other["seed"] == 7
    assert other["metrics"]["rougeL"]["low"] != found["metrics"]["rougeL"]["low"]
    back = printed("second", "first", "--json")
    assert back["metrics"]["rougeL"]["verdict"] == "worse"
    assert back["metrics"]["rougeL"]["p"] == found["metrics"]["rougeL"]["p"]
    itself = printed("first", "first", "--json")["metrics"].values()
    assert {made["verdict"] for made in itself} == {"no clear difference"}
    least = "Before a difference in rougeL is clear, 6 groups of rows at least must have it"
    assert least in printed("first", "first")
    write(project / "metrics", B[::-1])
    check_figures(printed("first", "workspace", "--json"), A, B)  # rows pair by id, in any order


def test_an_experiment_and_the_workspace_are_revisions(printed, project):
    found = printed("HEAD~1", "gentle-newt", "--json")
    check_figures(found, A, EXPERIMENT)
    assert len(found["b"]["commit"]) == 40
    write(project / "metrics", WORSE)
    found = printed("gentle-newt", "workspace", "--json")
    check_figures(found, EXPERIMENT, WORSE)
    assert found["b"] == {"revision": "workspace", "commit": None}


def test_the_rows_that_changed_most_are_named_as_they_are(printed):
    found = printed("first", "second", "--json", "--rows", "30")
    changes = {row["id"]: other["tuned.rougeL"] - row["tuned.rougeL"] for row, other in zip(A, B, strict=True)}
    gained, lost = ({row["id"]: row["difference"] for row in found[key]} for key in ("gained", "lost"))
    assert gained == pytest.approx({name: change for name, change in changes.items() if change > 0})
    assert lost == pytest.approx({name: change for name, change in changes.items() if change < 0})
    assert list(gained.values()) == sorted(gained.values(), reverse=True)
    assert list(lost.values()) == sorted(lost.values())
    assert [len(printed("first", "second", "--json")[key]) for key in ("gained", "lost")] == [10, min(10, len(lost))]


def test_a_run_whose_rows_have_names_here_is_no_new_look(printed, monkeypatch):
    wanted = {"b": 2, "of": 3, "complete": True}
    assert printed("first", "second", "--json")["look"] == wanted
    monkeypatch.setattr(compare_runs, "local_names", lambda split: {row["id"]: f"row {row['id']}" for row in B})
    assert printed("first", "second", "--json")["look"] == wanted


def test_the_table_says_what_the_json_says(printed):
    found, text = printed("first", "second", "--json"), printed("first", "second")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    for name, made in found["metrics"].items():
        line = next(line for line in lines if line.startswith(name)).replace("<= ", "<=").split()
        assert line[0] == name + "*" * (name == "rougeL")
        numbers = [float(cell) for cell in (*line[1:5], line[6])]
        wanted = [made[key] for key in ("a", "b", "difference", "low", "high")]
        assert (numbers, line[7]) == (pytest.approx(wanted, abs=6e-5), made["p_text"].replace(" ", ""))
        assert " ".join(line[8:-1]) == made["verdict"]
        assert line[-1] == f"{made['rows_better']}/{made['rows_worse']}"
    assert "* rougeL decides: p is not corrected for there being 4 metrics" in text
    assert "Lower is better: perplexity, unsupported_number." in text
    gained = lines[lines.index(next(line for line in lines if line.startswith("gained most in rougeL"))) + 1 :]
    for line, row in zip(gained, found["gained"], strict=False):
        assert line.split()[-1] == f"{row['difference']:+.4f}"
    text = printed("first", "second", "--rows", "30")
    assert "\x1b" not in text
    assert all(shown in text for shown in ("\\x1b[31mred", "two\\nlines"))


def test_a_baseline_and_a_recipe_can_be_compared(printed):
    found = printed("first", "second", "--json", "--system", "lead", "--metrics-dir", "recipes/qa/metrics")
    assert (found["n"], found["absent"]) == (12, ["perplexity"])
    assert {made["verdict"] for made in found["metrics"].values()} == {"no clear difference"}
    assert (found["gained"], found["lost"]) == ([], [])
    assert "lead has no perplexity." in printed("first", "second", "--system", "lead")


def test_perplexities_of_two_tokenizers_are_not_compared(printed, project):
    rows = [row | {"tokens": row["tokens"] + 1} for row in B]
    write(project / "metrics", rows)
    found = printed("first", "workspace", "--json")
    assert found["other_tokens"] == ["perplexity"]
    assert list(found["metrics"]) == ["rouge1", "rougeL", "unsupported_number"]
    assert "count tokens differently: perplexity." in printed("first", "workspace")
    write(project / "metrics", rows, headline="perplexity")
    refused("headline is rougeL and perplexity", printed, "first", "workspace")


def test_one_group_and_leaked_rows_are_noted(printed, project):
    rows = [row | {"group": "g", "leaked": 1} for row in A]
    write(project / "metrics", rows)
    found, text = printed("workspace", "workspace", "--json"), printed("workspace", "workspace")
    assert found["metrics"]["rougeL"]["low"] is None
    assert "All rows are one group" in text
    assert "30 of the rows are close to rows that B trained on." in text


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
    with pytest.raises(SystemExit) as stopped:
        run(lambda: compare_runs.main(["first", "nowhere", "--json"]))
    out, err = capsys.readouterr()
    assert (stopped.value.code, out) == (1, "")
    assert err.startswith("error: there is no revision 'nowhere'")
    assert err.count("\n") == 1


def test_the_command_line(project):
    """Exit code and streams of the command itself; a warning of numpy's would be a second line."""
    done = subprocess.run(
        [sys.executable, "-m", "stages.compare_runs", "second", "first", "--fail-if-worse", "--json"], cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert json.loads(done.stdout)["metrics"]["rougeL"]["verdict"] == "worse"
    assert done.stderr.startswith("worse: rougeL")
    assert done.stderr.count("\n") == 1


REFUSED = {
    "fewer": (B[:28], {}, r"2 only in first \('r18', 'r19'\); 0 only in workspace: compare runs of one split"),
    "more": ([*B, B[0] | {"id": "new"}], {}, r"0 only in first; 1 only in workspace \('new'\)"),
    "others": ([row | {"id": f"n{row['id']}"} for row in B], {}, r"30 only in first \('NA', '007', '1e5', 'a,b', "),
    "hash": (B, {"test_rows": "h2"}, "first and workspace have the same ids, but the input or the ref"),
    "metrics": (B, {"drop": "rouge1"}, "first and workspace differ: rouge1 is only in first: run score again"),
    "meaning": (B, {"meaning": "stemmed"}, r"meaning of rougeL is .F-measure of .*\.\.\. and 'stemmed'"),
    "better": (B, {"better": "lower"}, "better of rougeL is 'higher' and 'lower'"),
    "columns": (B, OTHER_COLUMNS, r"columns of rougeL is .*'rougeL'.* and \['rouge1', 'rows'\]"),
    "groups": ([row | {"group": row["id"]} for row in B], {}, "both must group the test rows alike"),
    "nan": ([B[0] | {"tuned.rougeL": "nan"}, *B[1:]], {}, "tuned.rougeL of row 'NA' is nan.*score stage again"),
    "empty": ([B[0] | {"tuned.rougeL": ""}, *B[1:]], {}, "tuned.rougeL of row 'NA' is "),
    "no tokens": ([B[0] | {"tokens": 0}, *B[1:]], {}, "tokens of row 'NA' is 0"),
    "twice": ([*B, B[0]], {}, "each id once"),
    "no columns": ([{"id": "a"}], {}, "metrics of workspace is not what score writes"),
    "no hash": (B, None, "KeyError: 'test_rows'"),
}


def test_runs_with_and_without_cut_answers_are_compared(printed, project):
    meanings = definitions()
    meanings["metrics"]["not_ended"] = definition(METRICS["not_ended"])
    write(project / "metrics", [row | {"tuned.not_ended": 1} for row in B], meanings)
    assert "rougeL" in printed("first", "workspace")


@pytest.mark.parametrize(("rows", "changes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared_is_refused(printed, project, rows, changes, message):
    write(project / "metrics", rows, {"metrics": {}} if changes is None else definitions(**changes))
    refused(message, printed, "first", "workspace")


def test_a_metric_that_is_defined_differently(printed, project):
    write(project / "metrics", B, definitions(title="ROUGE L", baselines={"lead": "one sentence"}))
    check_figures(printed("first", "workspace", "--json"), A, B)
    message = "lead is 'two sentences' and 'one sentence'"
    refused(message, printed, "first", "workspace", "--system", "lead")
    # A metric that this code defines differently is refused.
    write(project / "metrics", B, definitions(**OTHER_COLUMNS))
    refused("rougeL is another metric in this code", printed, "workspace", "workspace")


@pytest.mark.parametrize("revision", ["nowhere", "", " ", "HEAD~99", "HEAD:metrics", "main..second", "--"])
def test_an_unknown_revision_is_named(project, revision):
    """An empty one too, for which DVC would take the working tree: an unset variable in CI."""
    refused(f"there is no revision {revision!r}.*dvc exp list", read_run, revision, "metrics")


def test_missing_files_and_unknown_systems_are_named(printed, project):
    refused(r"old has no metrics/scores.json: it is older than the score stage", printed, "old", "second")
    with pytest.raises(UserError, match=r"first has no elsewhere/scores.json.*name another --metrics-dir"):
        printed("first", "second", "--metrics-dir", "elsewhere")
    (project / "metrics" / "rows.csv").unlink()
    refused(r"workspace has no metrics/rows.csv: run dvc repro", printed, "first", "workspace")
    with pytest.raises(UserError, match=r"no system 'tuend' \(did you mean tuned\?\): it has tuned, lead"):
        printed("first", "second", "--system", "tuend")


def test_without_git_only_the_workspace_can_be_read(tmp_path, monkeypatch):
    write(tmp_path / "metrics", A)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    compare_runs.main(["workspace", "workspace"])
    refused("not in a Git repository, so main cannot be read", compare_runs.main, ["main", "workspace"])


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
