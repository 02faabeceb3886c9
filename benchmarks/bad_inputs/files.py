"""Text files in many encodings and formats; packed and binary files, whole and damaged."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd

from benchmarks.bad_inputs.case import Case, as_csv, as_jsonl, as_objects, numbered, table

# Cells that readers like to change: quotes, separators, line breaks, what looks like a number, a date or nothing.
HARD = [
    ('A "quoted" word, and a comma; a semicolon', "007"),
    ("Zwei Zeilen:\nKöpfchen größer als 5 µm", "1.50"),
    ("左肺上叶见结节，边界清楚。", "NA"),
    ("В лёгких без очагов", "null"),
    ("الرئتان سليمتان", "1e5"),
    ("Emoji 🫁 and a combining e\u0301", "true"),
    ("=1+1", "2024-01-31"),
    ("-dash and 'apostrophe'", "None"),
    ("back\\slash and \\n as two signs", "12345678901234567890"),
]
PLAIN = numbered(9)
TEXTS = {
    "German": [(f"Größere Läsion Nr. {n} über dem Knöchel, äußerlich unauffällig.", f"Läsion {n}, gutartig für spätere Prüfung.") for n in range(12)],
    "Russian": [(f"В лёгких определяется очаг номер {n}, границы ровные.", f"Очаг {n}, без изменений.") for n in range(12)],
    "Chinese": [(f"左肺上叶可见结节{n}，边界清楚，没有胸腔积液。", f"左肺结节{n}，建议复查。") for n in range(12)],
    "Chinese of Taiwan": [(f"左肺上葉可見結節{n}，邊界清楚，沒有胸腔積液。", f"左肺結節{n}，建議複查。") for n in range(12)],
    "Japanese": [(f"右肺に{n}ミリの結節があります。胸水はありません。", f"右肺の結節{n}です。") for n in range(12)],
    "Korean": [(f"오른쪽 폐에 {n}밀리미터 결절이 있습니다. 흉수는 없습니다.", f"폐 결절 {n}입니다.") for n in range(12)],
    "Greek": [(f"Στον δεξιό πνεύμονα υπάρχει όζος {n} χιλιοστών.", f"Όζος {n}, χωρίς μεταβολή.") for n in range(12)],
    "Polish": [(f"Zmiana ogniskowa nr {n} w płucu, brzegi gładkie, węzły chłonne niepowiększone.", f"Zmiana {n}, łagodna, wymaga kontroli.") for n in range(12)],
    "Arabic": [(f"توجد عقدة رقم {n} في الرئة اليمنى ولا يوجد انصباب.", f"عقدة {n} في الرئة.") for n in range(12)],
    "Hebrew": [(f"נראה קשר מספר {n} בריאה הימנית ללא תפליט.", f"קשר {n} בריאה.") for n in range(12)],
    "Turkish": [(f"Sağ akciğerde {n} milimetre çapında düğüm görüldü, şişlik yoktur.", f"Düğüm {n}, iyi huylu, değişiklik yok.") for n in range(12)],
}  # fmt: skip
MARKED = ("utf-8", "utf-8-sig", "utf-16", "utf-32")  # known by themselves, or by their mark
GUESSED = {
    "German": ("cp1252", "iso8859-15", "cp850", "mac_roman"), "Russian": ("cp1251", "koi8-r", "cp866"),
    "Chinese": ("gb18030",), "Chinese of Taiwan": ("big5",), "Japanese": ("cp932", "euc_jp", "iso2022_jp"), "Korean": ("cp949",),
    "Greek": ("cp1253",), "Polish": ("cp1250", "iso8859-2"), "Arabic": ("cp1256",), "Hebrew": ("cp1255",),
    "Turkish": ("cp1254",),
}  # fmt: skip


def write_parquet(path: Path, rows: list[dict]) -> None:
    """Write rows as Parquet."""
    pd.DataFrame(rows).to_parquet(path)


def write_xlsx(path: Path, rows: Sequence[tuple[str, ...]], **sheets: list) -> None:
    """Write rows of text as the first sheet of a workbook, `sheets` after it."""
    book = openpyxl.Workbook()
    for number, line in enumerate([("observation", "impression"), *rows], start=1):
        for column, value in enumerate(line, start=1):
            cell = book.active.cell(number, column, value)
            cell.data_type = "s"  # "=1+1" is text here
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(path)


def encodings() -> list[Case]:
    """Return texts of several languages x encodings; a guess that is not sure may be refused, and never be wrong."""
    cases = []
    for language, rows in TEXTS.items():
        text = as_csv(rows)
        cases += [
            table(f"{language} in {name}", text.encode(name), rows)
            for name in MARKED
            if language in ("German", "Chinese")
        ]
        for name in GUESSED[language]:
            body = text.encode(name)
            cases.append(table(f"{language} in {name}, to be guessed", body, rows, "encoding"))
            cases.append(table(f"{language} in {name}, named", body, rows, encoding=name))
    german, russian = (as_csv(TEXTS[language]) for language in ("German", "Russian"))
    return [
        *cases,
        table("UTF-16 without a mark", as_csv(PLAIN).encode("utf-16-le"), PLAIN),
        table("one wrong byte in UTF-8", german.encode().replace("ß".encode(), b"\xff", 1), says="line"),
        table("cut within a sign of UTF-8", russian.encode()[:-4], says="UTF-8"),
        table("UTF-16 cut within a sign", german.encode("utf-16")[:-1], says="UTF-16"),
        table("cp1252 named utf-8", german.encode("cp1252"), says="UTF-8", encoding="utf-8"),
        table("UTF-8 named ascii", german, says="ASCII", encoding="ascii"),
        table("an encoding that does not exist", german, says="latin-99", encoding="latin-99"),
        table("an encoding of bytes", german, says="base64", encoding="base64"),
        table("random bytes named .csv", bytes(range(256)) * 9, says="mine.csv"),
    ]  # fmt: skip


def formats() -> list[Case]:
    """Return the same hard cells in each format, which must come back as they are."""
    objects = as_objects(HARD)
    tabs = [tuple(cell.replace("\n", " ") for cell in row) for row in HARD]
    whole = json.dumps(objects, ensure_ascii=False)
    texts: dict[str, tuple[str, str | Callable[[Path], object]]] = {
        "CSV": ("mine.csv", as_csv(HARD)),
        "CSV with \\r\\n": ("mine.csv", as_csv(tabs).replace("\n", "\r\n")),
        "CSV with \\r": ("mine.csv", as_csv(tabs).replace("\n", "\r")),
        "semicolon in .csv": ("mine.csv", as_csv(HARD, sep=";")),
        "vertical bar in .csv": ("mine.csv", as_csv(HARD, sep="|")),
        "tab in .csv": ("mine.csv", as_csv(HARD, sep="\t")),
        "TSV in quotes": ("mine.tsv", as_csv(HARD, sep="\t")),
        "TSV without quotes": ("mine.tsv", "\n".join("\t".join(row) for row in [("observation", "impression"), *tabs])),
        "comma in .tsv": ("mine.tsv", as_csv(HARD)),
        "comma in .txt": ("mine.txt", as_csv(HARD)),
        "JSON": ("mine.json", whole),
        "JSON with escapes": ("mine.json", json.dumps(objects)),
        "JSON in .jsonl": ("mine.jsonl", whole),
        "JSON Lines": ("mine.jsonl", as_jsonl(objects)),
        "JSON Lines in .json": ("mine.json", as_jsonl(objects)),
        "JSON Lines in .ndjson": ("mine.ndjson", as_jsonl(objects)),
        "JSON Lines with empty lines": ("mine.jsonl", as_jsonl(objects).replace("\n", "\n\n")),
        "JSON under a key": ("mine.json", json.dumps({"version": 1, "data": objects})),
        "JSON by columns": ("mine.json", pd.DataFrame(objects).to_json()),
        "Parquet": ("mine.parquet", lambda path: write_parquet(path, objects)),
        "Parquet with categories": ("mine.parquet", lambda path: pd.DataFrame(objects).astype("category").to_parquet(path)),
        "Excel": ("mine.xlsx", lambda path: write_xlsx(path, HARD)),
        "Excel with a second sheet": ("mine.xlsx", lambda path: write_xlsx(path, HARD, Notes=[("a", "b")])),
        "upper case ending": ("MINE.CSV", as_csv(HARD)),
    }  # fmt: skip
    cases = []
    for name, (file, content) in texts.items():
        rows = tabs if name in ("TSV without quotes", "CSV with \\r\\n", "CSV with \\r") else HARD
        cases.append(table(name, content, rows, file=file))
    for kind in ("csv", "tsv", "json", "jsonl"):
        text = {"csv": as_csv(HARD), "tsv": as_csv(HARD, sep="\t"), "json": whole, "jsonl": as_jsonl(objects)}[kind]
        cases.append(table(f"{kind} packed as .gz", gzip.compress(text.encode()), HARD, file=f"mine.{kind}.gz"))
    return cases


def containers() -> list[Case]:
    """Return packed and binary files that are damaged, not what their name says, or hold something else."""
    text, objects = as_csv(PLAIN), as_objects(PLAIN)
    parquet, xlsx = (_bytes(lambda path: write_parquet(path, objects)), _bytes(lambda path: write_xlsx(path, PLAIN)))
    packed = gzip.compress(text.encode(), mtime=0)

    def archive(**members: bytes) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members.items():
                file.writestr(name, content)
        return made.getvalue()

    bomb = gzip.compress(b"a" * (150 * 2**20), compresslevel=1)
    broken: dict[str, tuple[str, bytes]] = {
        "gz cut in half": ("mine.csv.gz", packed[: len(packed) // 2]),
        "gz without its last bytes": ("mine.csv.gz", packed[:-4]),
        "gz with a wrong checksum": ("mine.csv.gz", packed[:-8] + b"\0\0\0\0" + packed[-4:]),
        "gz with garbage after it": ("mine.csv.gz", packed + b"garbage"),
        "gz that is empty": ("mine.csv.gz", gzip.compress(b"")),
        "text named .gz": ("mine.csv.gz", text.encode()),
        "gz of 150 MiB of one letter": ("mine.csv.gz", bomb),
        "gz named .csv": ("mine.csv", packed),
        "zip of a CSV named .xlsx": ("mine.xlsx", archive(mine=text.encode())),
        "zip named .csv": ("mine.csv", archive(mine=text.encode())),
        "zip": ("mine.zip", archive(mine=text.encode())),
        "xlsx cut in half": ("mine.xlsx", xlsx[: len(xlsx) // 2]),
        "xlsx named .csv": ("mine.csv", xlsx),
        "xlsx that unpacks to 150 MiB": ("mine.xlsx", archive(**{"xl/workbook.xml": b" " * (150 * 2**20)})),
        "CSV named .xlsx": ("mine.xlsx", text.encode()),
        "old Excel named .xlsx": ("mine.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        "Parquet cut in half": ("mine.parquet", parquet[: len(parquet) // 2]),
        "Parquet with zeros in the middle": ("mine.parquet", parquet[:40] + b"\0" * 200 + parquet[240:]),
        "Parquet named .csv": ("mine.csv", parquet),
        "CSV named .parquet": ("mine.parquet", text.encode()),
        "Parquet without rows": ("mine.parquet", _bytes(lambda path: pd.DataFrame({"observation": [], "impression": []}).to_parquet(path))),
        "a PDF named .txt": ("mine.txt", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"),
        "a pickle": ("mine.pkl", b"\x80\x04]\x94."),
        "an image named .csv": ("mine.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(200))),
        "no ending": ("mine", text.encode()),
        "an empty file": ("mine.csv", b""),
        "only a mark": ("mine.csv", b"\xef\xbb\xbf"),
        "only line breaks": ("mine.csv", b"\n\n\n"),
        "only zeros": ("mine.csv", b"\0" * 4096),
    }  # fmt: skip
    formula = _bytes(_formula)
    return [
        *(table(name, content, says=file, file=file) for name, (file, content) in broken.items()),
        table("two gz after one another", packed + gzip.compress(b'"last one","of all"\n'), [*PLAIN, ("last one", "of all")], file="mine.csv.gz"),
        table("xlsx with a formula without its result", formula, says="formula", file="mine.xlsx"),
        table("Parquet with numbers", _bytes(lambda path: write_parquet(path, [{"observation": f"a {n}", "impression": n / 4} for n in range(9)])), [(f"a {n}", str(n / 4)) for n in range(9)], file="mine.parquet"),
        table("Parquet with integers and a null", _bytes(lambda path: pd.DataFrame({"observation": [f"a {n}" for n in range(9)], "impression": pd.array([*range(8), None], "Int64")}).to_parquet(path)), says="row 9", file="mine.parquet"),
        table("Parquet with lists", _bytes(lambda path: write_parquet(path, [{"observation": f"a {n}", "impression": ["x"]} for n in range(9)])), says="list", file="mine.parquet"),
        table("Parquet with bytes", _bytes(lambda path: write_parquet(path, [{"observation": f"a {n}", "impression": b"x"} for n in range(9)])), says="bytes", file="mine.parquet"),
    ]  # fmt: skip


def _formula(path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (("observation", "impression"), ("a", "=1+1"), ("b", "c")):
        book.active.append(line)
    book.save(path)


def _bytes(write: Callable[[Path], object]) -> bytes:
    """Return what `write` writes to a path."""
    made = io.BytesIO()
    made.close = lambda: None  # type: ignore[method-assign]
    write(made)  # type: ignore[arg-type]
    return made.getvalue()
