"""Web archives for benchmarks, made from folders of HTML pages.

    python bench/pages_input.py OUT --pages ../shared/data/web /usr/share/doc --megabytes 200

Every page becomes a response record in one of several .warc.gz files. A page's title and first
paragraph get a number where a page has to be taken more than once, so that no two pages are equal.
The same folders give the same archives.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

MIN_PAGE_BYTES = 4_000
MAX_PAGES_OF_A_FOLDER = 400


def list_pages(folders: list[Path]) -> list[Path]:
    """The HTML files below some folders, in an order that mixes them but is always the same."""
    pages: list[Path] = []
    for folder in folders:
        for directory in sorted({path.parent for path in folder.rglob("*.htm*")}):
            found = sorted(p for p in directory.glob("*.htm*") if p.stat().st_size > MIN_PAGE_BYTES)
            pages += found[:MAX_PAGES_OF_A_FOLDER]
    return sorted(pages, key=lambda path: hashlib.blake2b(path.name.encode()).digest())


def read_page(path: Path) -> bytes:
    """The bytes of a page, unpacked."""
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw


def copies(pages: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Every page once, then again with its words numbered, without end: name and bytes."""
    turn = 0
    while True:
        for path in pages:
            html = read_page(path)
            if turn:
                html = html.replace(b". ", b". %d " % turn)
            yield f"https://example.org/{turn}/{path.name}", html
        turn += 1


def response_record(url: str, html: bytes) -> bytes:
    """A WARC response record, packed as a gzip member of its own, as Common Crawl does it."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html
    identity = hashlib.blake2b(url.encode(), digest_size=16).hexdigest()
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{identity}>\r\nWARC-Target-URI: {url}\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        "WARC-Identified-Payload-Type: text/html\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    )
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(head.encode() + http + b"\r\n\r\n") + packer.flush()


def write_archives(folders: list[Path], out: Path, num_bytes: int, num_files: int) -> int:
    """Fill `num_files` archives with `num_bytes` of HTML in all. Gives the number of pages."""
    out.mkdir(parents=True, exist_ok=True)
    files = [(out / f"pages-{number:02d}.warc.gz").open("wb") for number in range(num_files)]
    written = count = 0
    for url, html in copies(list_pages(folders)):
        if written >= num_bytes:
            break
        files[count % num_files].write(response_record(url, html))
        written += len(html)
        count += 1
    for file in files:
        file.close()
    return count


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pages", type=Path, nargs="+", required=True)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--files", type=int, default=2)
    args = parser.parse_args()
    count = write_archives(args.pages, args.out, args.megabytes * 1_000_000, args.files)
    print(f"{count} pages in {args.files} archives below {args.out}")


if __name__ == "__main__":
    main()
