"""The syntax of CSV, values of JSON, mistakes in `columns`, sizes of the split, labels and names of files."""

import json
import os
from pathlib import Path
from typing import Any

from benchmarks.bad_inputs.case import Case, as_csv, as_jsonl, as_objects, numbered, table
from benchmarks.bad_inputs.files import PLAIN

HEAD = "observation,impression\n"
BODY = as_csv(PLAIN).split("\n", 1)[1]
LONG = "word " * 60_000


def _accepted(cases: dict[str, tuple[str, list[tuple[str, str]]]], file: str = "mine.csv") -> list[Case]:
    return [table(name, text, rows, file=file) for name, (text, rows) in cases.items()]


def _refused(cases: dict[str, tuple[str, str]], file: str = "mine.csv") -> list[Case]:
    return [table(name, text, says=says, file=file) for name, (text, says) in cases.items()]


def csv_syntax() -> list[Case]:
    """Return tables with quotes, headers, widths and signs of all kinds."""
    nothing = "\u200b"
    refused: dict[str, tuple[str, str]] = {
        "a quote that is not closed": (HEAD + 'a,"b\n' + BODY, "line 2"),
        "a quote that closes in the last row": (HEAD + 'a,"b\n' + BODY.replace('"', "") + 'c,"d"\n', "line"),
        "text after a closing quote": (HEAD + 'a,"b"c\n' + BODY, "line 2"),
        "a quote left open at the end": (HEAD + BODY + 'x,"y', "line 11"),
        "NUL in a cell": (HEAD + "a\0b,c\n" + BODY, "NUL"),
        "NUL in a header": ("observation,impre\0ssion\n" + BODY, "mine.csv"),
        "a header twice": ("observation,impression,impression\n" + "a,b,c\n" * 3, "impression"),
        "a header twice but for case": ("observation,impression,Impression \n" + "a,b,c\n" * 3, "Impression"),
        "a header twice but for a zero-width sign": (f"observation,impression,{nothing}impression\n" + "a,b,c\n" * 3, "impression"),
        "two headers are missing over cells": ("observation,impression,,\n" + "a,b,c,d\n" * 3, "header"),
        "a row too short": (HEAD + BODY + "only one\n", "line 11"),
        "a row too long": (HEAD + BODY + "one,two,three\n", "line 11"),
        "a comma that is not quoted": (HEAD + BODY + "a, b,c\n", "line 11"),
        "a separator at the end of each row, not of the header": (HEAD + "a,b,\nc,d,\n", "line 2"),
        "no header": (BODY, "header"),
        "no header, one row": ('"There is a nodule in the left lung, 5 mm.","Nodule."\n', "header"),
        "only a header": (HEAD, "no rows"),
        "only a header without line break": (HEAD.strip(), "no rows"),
        "an empty target": (HEAD + BODY + "a,\n", "row 10"),
        "an empty input": (HEAD + BODY + ",b\n", "row 10"),
        "a target of spaces": (HEAD + BODY + 'a,"   "\n', "row 10"),
        "a target of zero-width signs": (HEAD + BODY + f"a,{nothing}\ufeff\n", "row 10"),
        "one column": ("observation\na\nb\n", "impression"),
        "the headers are those of another task": ("text,label\na,b\n", "observation"),
        "100,000 headers": (",".join(f"h{n}" for n in range(100_000)) + "\n" + ",".join("x" * 100_000) + "\n", "100,000 in all"),
        "terminal escapes in a header": ("observation,\x1b[31mred\x1b[0m\n" + "a,b\n" * 3, "\\x1b"),
        "a header of 10,000 letters": ("observation," + "i" * 10_000 + "\n" + "a,b\n" * 3, "..."),
        "XML": ("<rows><row a='1'/></rows>\n", "mine.csv"),
        "HTML": ("<!doctype html>\n<html><body>Not found, 404</body></html>\n", "mine.csv"),
        "a pointer of Git LFS": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "mine.csv"),
        "conflict marks of Git": (HEAD + "<<<<<<< HEAD\na,b\n=======\na,c\n>>>>>>> other\n", "line 2"),
    }  # fmt: skip
    accepted: dict[str, tuple[str, list[tuple[str, str]]]] = {
        "a quote in a cell without quotes": (HEAD + 'a 5" disc,b\n' + BODY, [('a 5" disc', "b"), *PLAIN]),
        "spaces before quotes": (HEAD + 'a, "b, c"\n' + BODY, [("a", "b, c"), *PLAIN]),
        "headers with spaces and capitals": (" Observation , IMPRESSION\n" + BODY, PLAIN),
        "headers with a zero-width space": (f"{nothing}observation,impression{nothing}\n" + BODY, PLAIN),
        "a byte order mark before a quote": ('\ufeff"observation","impression"\n' + BODY, PLAIN),
        "two byte order marks": ("\ufeff\ufeff" + HEAD + BODY, PLAIN),
        "a column without a header, as pandas writes its index": (",observation,impression\n" + "".join(f'{n},"{a}","{b}"\n' for n, (a, b) in enumerate(PLAIN)), PLAIN),
        "blank lines": ("\n\n" + HEAD + "\n" + BODY.replace("\n", "\n\n"), PLAIN),
        "no line break at the end": (HEAD + BODY.rstrip("\n"), PLAIN),
        "an empty column at the end": (",".join(["observation", "impression", ""]) + "\n" + "".join(f'"{a}","{b}",\n' for a, b in PLAIN), PLAIN),
        "columns in another order, and others": ("id,impression,observation\n" + "".join(f'{n},"{b}","{a}"\n' for n, (a, b) in enumerate(PLAIN)), PLAIN),
        "a cell of 300,000 characters": (HEAD + f'"{LONG.strip()}",b\n' + BODY, [(LONG.strip(), "b"), *PLAIN]),
        "line separators of Unicode in cells": (HEAD + '"a\u2028b\u0085c\x0bd",e\n' + BODY, [("a\u2028b\u0085c\x0bd", "e"), *PLAIN]),
        "terminal escapes in a cell": (HEAD + "\x1b]0;title\x07a,b\n" + BODY, [("\x1b]0;title\x07a", "b"), *PLAIN]),
        "formulas in cells": (HEAD + '=cmd|calc,"@SUM(1)"\n' + BODY, [("=cmd|calc", "@SUM(1)"), *PLAIN]),
        "HTML in cells": (HEAD + "<script>alert(1)</script>,<b>\n" + BODY, [("<script>alert(1)</script>", "<b>"), *PLAIN]),
        "joiners within words stay": (HEAD + "می\u200cخواهم,👨\u200d👩\u200d👧\n" + BODY, [("می\u200cخواهم", "👨\u200d👩\u200d👧"), *PLAIN]),
        "semicolons, and decimal commas": ("observation;impression\n" + "".join(f"size {n},5 cm;{n},5\n" for n in range(9)), [(f"size {n},5 cm", f"{n},5") for n in range(9)]),
    }  # fmt: skip
    return [
        *_refused(refused),
        *_accepted(accepted),
        table("a quote of inches in TSV", "observation\timpression\n" + '"5 inch disc\tb\n' + "".join(f"{a}\t{b}\n" for a, b in PLAIN), [('"5 inch disc', "b"), *PLAIN], file="mine.tsv"),
        table("rows that are incomplete are dropped where asked", HEAD + BODY + "a,\n", PLAIN, split={"incomplete": "drop"}),
        table("all rows are incomplete", HEAD + "a,\nb,\n", says="incomplete", split={"incomplete": "drop"}),
    ]  # fmt: skip


def json_values() -> list[Case]:
    """Return values of JSON beside text, broken JSON, and JSON that is deep or huge."""

    def value(cell: str) -> str:
        return as_jsonl(as_objects(PLAIN)) + f'{{"observation": "last", "impression": {cell}}}\n'

    kept = {"an integer": "7", "an integer of 30 digits": "9" * 30, "a number with a point": "1.50", "an exponent": "1E5",
            "true": "true", "minus zero": "-0.0"}  # fmt: skip
    refused = {
        "null": ("null", "row 10"), "NaN": ("NaN", "row 10"), "an empty text": ('""', "row 10"),
        "a list of texts": ('["a", "b"]', "list"), "an empty list": ("[]", "list"), "an object": ('{"a": 1}', "object"),
        "half a surrogate pair": ('"a\\ud800b"', "surrogate"), "an escaped NUL": ('"a\\u0000b"', "NUL"),
        "an integer of 5,000 digits": ("9" * 5000, "mine.jsonl"), "a number of Python's": ("0x10", "line 10"),
        "None": ("None", "line 10"), "single quotes": ("'a'", "line 10"), "a comma too many": ('"a",', "line 10"),
        "lists in 100,000 lists": ("[" * 100_000 + "]" * 100_000, "deep"), "a bad escape": ('"\\x"', "line 10"),
        "a line break in a text": ('"a\nb"', "line 10"),
    }  # fmt: skip
    whole = json.dumps(as_objects(PLAIN))
    nulls = [{"observation": f"a {n}", "impression": f"b {n}", "history": None if n % 2 else n} for n in range(9)]
    return [
        *(table(f"{name} as a target", value(cell), [*PLAIN, ("last", cell)], file="mine.jsonl") for name, cell in kept.items()),
        *(table(f"{name} as a target", value(cell), says=says, file="mine.jsonl") for name, (cell, says) in refused.items()),
        *_refused(
            {
                "JSON cut in half": (whole[: len(whole) // 2], "line 1"),
                "an empty list of rows": ("[]", "no rows"), "an empty object": ("{}", "no rows"), "a number alone": ("7", "7"),
                "a text alone": ('"a"', "list of objects"), "null alone": ("null", "mine.json"), "a list of texts as rows": ('["a", "b"]', "row 1"),
                "rows that are lists": ('[["a", "b"]]', "row 1"), "two lists of rows": (f'{{"train": {whole}, "test": {whole}}}', "train"),
                "a key twice": ('[{"observation": "a", "impression": "b", "impression": "c"}]', "impression"),
                "keys that differ in case": ('[{"observation": "a", "impression": "b", "Impression": "c"}]', "Impression"),
                "objects within 100,000 objects": ('{"a":' * 100_000 + "1" + "}" * 100_000, "deep"),
                "comments in JSON": ("// mine\n" + whole, "line 1"), "a comma after the last row": (whole[:-1] + ",]", "line 1"),
                "rows without one of the columns": ('[{"observation": "a"}, {"observation": "b"}]', "impression"),
                "half a surrogate pair in a key": ('[{"observation": "a", "impression": "b", "x\\ud800": "c"}]', "surrogate"),
                "an image in base64, no rows": ('{"image": "' + "A" * 100_000 + '"}', "observation"),
            },
            "mine.json",
        ),
        table("integers beside null stay integers", as_jsonl(nulls), [(str(row["history"]) if row["history"] is not None else "", row["impression"]) for row in nulls], file="mine.jsonl", keys=("history", "target")),
        table("a whole surrogate pair", value('"\\ud83e\\udec1"'), [*PLAIN, ("last", "🫁")], file="mine.jsonl"),
        table("a row of other keys", as_jsonl([*as_objects(PLAIN), {"observation": "last"}]), says="row 10", file="mine.jsonl"),
        table("one object over several lines", json.dumps({"rows": as_objects(PLAIN)}, indent=2), PLAIN, file="mine.jsonl"),
        table("line separators of Unicode", as_jsonl([{"observation": f"a\u2028{n}", "impression": f"b\u0085{n}"} for n in range(9)]), [(f"a\u2028{n}", f"b\u0085{n}") for n in range(9)], file="mine.jsonl"),
    ]  # fmt: skip


def columns() -> list[Case]:
    """Return mistakes in `columns` and `task`, and what must work."""
    text = as_csv(PLAIN, ("Findings", "2023"))
    right = {"observation": "Findings", "impression": "2023"}
    wrong: dict[str, tuple[dict, str]] = {
        "a header with a typing mistake": (right | {"observation": "Finding"}, "Findings"),
        "a header that is not there": (right | {"observation": "Report text"}, "Report text"),
        "an optional column that is not there": (right | {"history": "Histroy"}, "Histroy"),
        "a name that the task has not": (right | {"observations": "Findings"}, "observations"),
        "names and headers exchanged": ({"Findings": "observation", "2023": "impression"}, "Findings"),
        "a header that is empty": (right | {"observation": ""}, "mine.csv"),
        "a header that is a number": (right | {"impression": 2022}, "2022"),
        "a header that is null": (right | {"impression": None}, "columns"),
        "a header that is a list": (right | {"impression": ["2023"]}, "columns"),
        "a list of headers": (["Findings", "2023"], "columns"),  # type: ignore[dict-item]
        "one header for two names": (right | {"impression": "Findings"}, "Findings"),
    }
    return [
        *(table(name, text, says=says, columns=given) for name, (given, says) in wrong.items()),
        table("a header that YAML reads as a number", text, PLAIN, columns=right | {"impression": 2023}),
        table("a header in other case", text, PLAIN, columns=right | {"observation": " FINDINGS "}),
        table("a header in another form of Unicode", as_csv(PLAIN, ("Ko\u0308rper", "2023")), PLAIN, columns=right | {"observation": "K\u00f6rper"}),
        table("a task that does not exist", text, says="impresion", columns=right, task="impresion"),
        table("a task with a path", text, says="task", columns=right, task="../impression"),
        table("the task of another file", text, says="columns", task="qa"),
    ]  # fmt: skip


def sizes() -> list[Case]:
    """Return sizes of the split, labels, and rows that leave nothing to learn."""
    labels = [(f"text number {n} about thing {n * 7}", "good" if n % 2 else "bad") for n in range(12)]
    short: dict[str, tuple[dict, str]] = {
        "more training rows than the file has": ({"train": 100}, "9"),
        "more test rows than the file has": ({"test": 100}, "9"),
        "train and test are one row too many": ({"train": 8, "test": 2}, "9"),
        "no training rows": ({"train": 0}, "split.train"),
        "no test rows": ({"test": 0}, "split.test"),
        "a negative size": ({"validation": -1}, "split.validation"),
        "a size with a point": ({"train": 6.5}, "split.train"),
        "a share": ({"train": 0.8}, "split.train"),
        "a size as text": ({"train": "6"}, "split.train"),
        "the older name eval": ({"eval": 2}, "split.test"),
        "a shortest row that none reaches": ({"min_words": 1000}, "min_words"),
    }
    same = as_csv([("the same finding in each row", f"impression {n}") for n in range(9)])
    sentiment: dict[str, Any] = {"task": "sentiment", "keys": ("source", "target")}

    def labelled(rows: list) -> str:
        return as_csv(rows, ("text", "label"))

    return [
        *(table(name, as_csv(PLAIN), says=says, split=given) for name, (given, says) in short.items()),
        table("no rows left for validation", as_csv(PLAIN), PLAIN, split={"train": 7, "test": 2, "validation": 3}),
        table("one row", as_csv(PLAIN[:1]), says="1"),
        table("all inputs equal", same, says="9"),
        table("all rows equal", as_csv(PLAIN[:1] * 9), says="9"),
        table("all rows equal, repeats dropped", as_csv(PLAIN[:1] * 9), says="9", split={"duplicates": "drop"}),
        table("two labels", labelled(labels), labels, **sentiment),
        table("labels in other case", labelled([(a, b.upper()) for a, b in labels]), labels, **sentiment),
        table("one label", labelled([(a, "good") for a, _ in labels]), says="good", **sentiment),
        table("labels 0 and 1", labelled([(a, str(n % 2)) for n, (a, _) in enumerate(labels)]), says="labels", **sentiment),
        table("labels 0 and 1, named", labelled([(a, str(n % 2)) for n, (a, _) in enumerate(labels)]), labels, labels={0: "bad", 1: "good"}, **sentiment),
        table("a label that is empty", labelled([*labels, ("one more", "")]), says="row 13", **sentiment),
        table("201 labels", labelled([(f"text {n}", f"label {n}") for n in range(201)]), says="201", **sentiment),
        table("labels that are two meanings of one value", labelled(labels), says="labels", labels={"good": "a", "GOOD ": "b"}, **sentiment),
        table("all labels mapped to one", labelled(labels), says="label", labels={"good": "x", "bad": "x"}, **sentiment),
        table("labels that look like true and false", labelled([(a, "true" if n % 2 else "false") for n, (a, _) in enumerate(labels)]), says="labels", **sentiment),
    ]  # fmt: skip


def names() -> list[Case]:
    """Return names of files that a shell, a terminal, an option or a pattern could take for something else."""
    text = as_csv(PLAIN)
    good = (
        "my reports.csv", "a$(touch pwned).csv", "a;touch pwned;.csv", "a`touch pwned`.csv", "a&b|c>d.csv", "it's.csv",
        'say "x".csv', "(1).csv", "[ab]*?.csv", "-dash.csv", "--out.csv", "größe 左肺 🫁.csv", "{row}.csv", "${HOME}.csv",
        "%s%n.csv", "~.csv", "a\\b.csv", "two.dots.csv", ".hidden.csv", "new\nline.csv", "\x1b[31mred.csv", "ko\u0308rper.csv",
        "train.csv", "NUL.csv",
    )  # fmt: skip

    def only(path: Path) -> None:
        path.write_text(text, encoding="utf-8")

    def linked(path: Path) -> None:
        only(path.with_name("real.csv"))
        path.symlink_to("real.csv")

    def folder(path: Path, *files: str) -> None:
        path.mkdir()
        for number, name in enumerate(files):
            (path / name).write_text(as_csv(numbered(6, 1 + 10 * number)), encoding="utf-8")

    bad: dict[str, tuple[str, object]] = {
        "a name that is too long": ("x" * 300 + ".csv", None),
        "a path that is too long": ("/".join(["y" * 200] * 25) + ".csv", None),
        "a file that is not there": ("missing.csv", None),
        "a folder that is not there": ("nowhere/missing.csv", None),
        "an empty name": ("", None),
        "a URL": ("example.org:mine.csv", None),
        "a folder named .csv": ("folder.csv", lambda path: folder(path)),
        "a folder with train alone": ("data", lambda path: folder(path, "train.csv")),
        "a folder with two train files": ("data", lambda path: folder(path, "train.csv", "train.tsv", "test.csv")),
        "a link to nowhere": ("link.csv", lambda path: path.symlink_to("nowhere.csv")),
        "a link to itself": ("link.csv", lambda path: path.symlink_to("link.csv")),
    }  # fmt: skip
    cases = [table(repr(name), only, PLAIN, file=name) for name in good]
    for name, (file, make) in bad.items():
        cases.append(table(name, make or (lambda path: None), says=file[:20], file=file))  # type: ignore[arg-type]
    return [
        *cases,
        table("a name with NUL", lambda path: None, says="data", data="a\0b.csv", file="unused.csv"),
        table("a link to the file", linked, PLAIN),
        table("a folder with train and test", lambda path: folder(path, "train.csv", "test.csv"), [*numbered(6), *numbered(6, 11)], file="data", split={"train": 5, "validation": 1, "test": 6}),
        table("a device", lambda path: None, says="/dev/null", data="/dev/null", file="unused.csv"),
        table("a pipe that nobody writes to", os.mkfifo, says="pipe.csv", file="pipe.csv"),
    ]  # fmt: skip
