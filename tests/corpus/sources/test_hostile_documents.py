"""A thousand damaged texts and twelve bombs: each is read or named, in bounded time and memory."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.files import read_file
from yanmo.corpus.sources.reading import Item, RawDocument, Unreadable

TEXT = "春眠不觉晓，处处闻啼鸟。花落知多少。The river runs down to the sea; naïve café 😀. "
BROKEN = (
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe6\x98",
    b"\x80",
    b"\xf0\x9f",
)
"""No character, overlong, a surrogate, beyond Unicode, cut off twice, alone."""
MAX_CPU_S = 10.0
MAX_PEAK_KILOBYTES = 600_000


def read(path: Path) -> list[Item]:
    config = FilesSource(paths=[str(path)], extraction={"extractor": "all_text"})
    return list(read_file(FileToRead(path, path.name, "s"), config))


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """`raw` with one to five random injuries."""
    content = bytearray(raw)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(content))
        kind = chance.randrange(5)
        if kind == 0:
            content[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            content[at:at] = chance.choice(BROKEN)
        elif kind == 2:
            del content[at : at + chance.randint(1, 4)]
        elif kind == 3:
            content[at : at + 3] = chance.randbytes(3)
        else:
            end = at + chance.randint(1, 30)
            content[at:at] = content[at:end]
    return bytes(content)


@pytest.mark.parametrize("ending", [".txt", ".jsonl", ".html", ".csv", ".md"])
def test_a_thousand_injured_texts_are_read_or_named(tmp_path: Path, ending: str) -> None:
    chance = random.Random(ending)
    whole = {
        ".jsonl": "".join(json.dumps({"text": TEXT}, ensure_ascii=False) + "\n" for _ in range(3)),
        ".html": f"<html><meta charset=utf-8><body><p>{TEXT}</p><p>{TEXT}</p></body></html>",
        ".csv": f'n,text\n1,"{TEXT}"\n2,"{TEXT}"\n',
    }.get(ending, TEXT * 3)
    path = tmp_path / f"a{ending}"
    num_read = 0
    for _ in range(200):
        path.write_bytes(mutated(whole.encode(), chance))
        items = read(path)
        for item in items:
            if isinstance(item, RawDocument):
                item.text.encode("utf-8")  # no half of a surrogate pair
                num_read += "river" in item.text or "春眠" in item.text
            else:
                assert isinstance(item, Unreadable) and item.error
        assert items, "it was neither read nor named"
    assert num_read >= 20


def test_an_injured_line_costs_only_itself(tmp_path: Path) -> None:
    chance = random.Random(0)
    lines = [json.dumps({"text": f"{number} {TEXT}"}, ensure_ascii=False) for number in range(300)]
    raw = [line.encode() for line in lines]
    injured = set(range(5, 300, 7))
    for number in injured:
        raw[number] = mutated(raw[number], chance).replace(b"\n", b" ").replace(b"\r", b" ")
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(raw) + b"\n")
    texts = {item.text for item in read(path) if isinstance(item, RawDocument)}
    for number in sorted(set(range(300)) - injured):
        assert f"{number} {TEXT}" in texts or f"{number} {TEXT}".strip() in texts


BOMBS = """
import gzip, io, json, sys, time, zipfile
from pathlib import Path
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.files import read_file

folder = Path(sys.argv[1])

def zipped(name, members):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as packed:
        for member, content in members.items():
            packed.writestr(member, content)
    return folder / name

def plain(name, content):
    (folder / name).write_bytes(content)
    return folder / name

laughs = b'<!DOCTYPE l [<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
) + b"]><l>&a11;</l>"
chapter = b"<p>" + b"word " * 1_000_000
chapters = {f"O/{n}.xhtml": chapter for n in range(12)}
item = b'<item id="c%d" href="%d.xhtml" media-type="application/xhtml+xml"/>'
items = b"".join(item % (n, n) for n in range(12))
spine = b"".join(b'<itemref idref="c%d"/>' % n for n in range(12))
book = {
    "META-INF/container.xml": '<container><rootfiles><rootfile full-path="O/b.opf"/>'
    "</rootfiles></container>",
    "O/b.opf": b"<package><manifest>%b</manifest><spine>%b</spine></package>" % (items, spine),
    **chapters,
}
cases = [
    lambda: plain("blank.txt.gz", gzip.compress(b" " * 100_000_000, 1)),
    lambda: plain("twice.txt.gz", gzip.compress(gzip.compress(b"\\0" * 100_000_000, 1))),
    lambda: plain("deep.html.gz", gzip.compress(b"<div>" * 10_000_000, 1)),
    lambda: plain("attributes.html", b"<p " + b" a=1" * 1_000_000 + b">x</p>"),
    lambda: plain("tag.html", b"<" + b"a" * 20_000_000),
    lambda: plain("entities.html", b"&amp;" * 4_000_000),
    lambda: plain("laughs.xml", laughs),
    lambda: zipped("laughs.docx", {"word/document.xml": laughs}),
    lambda: zipped("blank.docx", {"word/document.xml": b"<a>" + b" " * 100_000_000}),
    lambda: zipped("long.epub", book),
    lambda: plain("deep.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    lambda: plain("arrays.jsonl", (b"[" * 100_000 + b"\\n") * 20 + b'{"text": "good"}\\n'),
]
if sys.argv[2] == "make":  # in a process of its own: that takes memory
    for make in cases:
        make()
    sys.exit()
for path in sorted(folder.iterdir()):
    began = time.process_time()
    config = FilesSource(paths=[str(path)], extraction={"extractor": "all_text"})
    count = sum(1 for _ in read_file(FileToRead(path, path.name, "s"), config))
    cpu_s = time.process_time() - began
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps({"name": path.name, "items": count, "cpu_s": cpu_s, "peak_kilobytes": peak}))
"""


@pytest.mark.nightly
def test_twelve_bombs_cost_little_time_and_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BOMBS, str(tmp_path)]
    subprocess.run([*command, "make"], check=True)
    done = subprocess.run([*command, "read"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 12
    for case in found:
        assert case["cpu_s"] <= MAX_CPU_S, case
        assert case["peak_kilobytes"] <= MAX_PEAK_KILOBYTES, case
