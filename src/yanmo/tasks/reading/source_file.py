"""One file of a task: its bytes, unpacked, and its text, checked to be UTF-8.

Comes in: a path, maybe of a gzipped file or of a member of a zip archive (`data.zip/train.jsonl`).
Goes out: bytes, text, lines. What is wrong is a `DataError` that names the file and, where there is
one, the row, counted from 1. Knows no format.
"""

from __future__ import annotations

import codecs
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.encoding import SAMPLE_BYTES, detect_encoding
from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t

_GZIP = b"\x1f\x8b"
_MAX_NAMED = 8
_GZIP_WINDOW_BITS = 31
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError),
    RuntimeError,  # encrypted, or packed in a way that Python does not know
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that rows are read from.

    Args:
        path: where it is; the path of a zip archive goes on inside it (`data.zip/train.jsonl`).
        name: what the configuration calls it, with which the ids of its rows begin.
    """

    path: Path
    name: str

    def __str__(self) -> str:
        return str(self.path)

    def error(
        self, what: str, *, row: int | None = None, why: str | None = None, hint: str | None = None
    ) -> DataError:
        """The error to raise for this file, or for one of its rows, counted from 1."""
        where = str(self) if row is None else t("{file}, row {row}", file=str(self), row=row)
        return DataError(what, where=where, why=why, hint=hint)

    def id_of(self, row: int) -> str:
        """The stable name of a row, whether the file is gzipped or not."""
        return f"{self.name.removesuffix('.gz')}:{row}"

    @property
    def on_disk(self) -> Path:
        """The file itself, or the archive that it lies in."""
        return _split_at_archive(self.path)[0]


def found_file(folder: Path, name: str) -> SourceFile:
    """The file of a published layout, which may have been gzipped since.

    Args:
        folder: where the data set lies.
        name: the published name; `name.gz` is taken where only that exists.
    """
    path = folder / name
    if not path.exists() and (zipped := folder / f"{name}.gz").is_file():
        return SourceFile(zipped, f"{name}.gz")
    return SourceFile(path, name)


def read_bytes(file: SourceFile) -> bytes:
    """The unpacked bytes of a file.

    Raises:
        DataError: it is missing, a folder, unreadable, empty, or its packing is damaged.
    """
    archive, member = _split_at_archive(file.path)
    data = _bytes_of_path(file) if member is None else _bytes_of_member(file, archive, member)
    if data.startswith(_GZIP):
        data = _gunzipped(file, data)
    if not data:
        raise file.error(t("the file is empty"))
    return data


def read_text(file: SourceFile) -> str:
    """The text of a file, without a byte order mark; its line ends are as they were.

    Raises:
        DataError: as for `read_bytes`, or it is not UTF-8: names the row, and the encoding that
            the bytes are most likely in.
    """
    data = read_bytes(file).removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(file, data, error) from None
    if not text.strip():
        raise file.error(t("the file is empty"))
    return text


def read_lines(file: SourceFile) -> list[str]:
    """The lines of a file, without their ends; the row of `lines[i]` is `i + 1`.

    Only a line feed ends a line, with or without a carriage return before it. Empty lines are
    lines.

    Raises:
        DataError: as for `read_text`.
    """
    lines = read_text(file).split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _split_at_archive(path: Path) -> tuple[Path, str | None]:
    """A path as the file on disk and, where that is a zip archive, the member inside it."""
    for parent in path.parents:
        if parent.suffix.lower() == ".zip" and parent.is_file():
            return parent, path.relative_to(parent).as_posix()
    return path, None


def _bytes_of_path(file: SourceFile) -> bytes:
    if file.path.suffix.lower() == ".zip" and file.path.is_file():
        raise file.error(
            t("this is an archive, not a file of rows"),
            hint=t(
                "Name a file inside it: {name}/FILE. Inside are: {members}",
                name=file.name,
                members=listed(member_names(file), limit=_MAX_NAMED),
            ),
        )
    try:
        return file.path.read_bytes()
    except FileNotFoundError:
        raise _missing(file) from None
    except OSError as error:
        raise file.error(t("the file cannot be read"), why=error.strerror) from None


def _missing(file: SourceFile) -> DataError:
    """The error for a file that is not there, with what is there instead."""
    from yanmo.core.suggest import closest

    folder = file.path.parent
    if not folder.is_dir():
        return file.error(
            t("this file does not exist"), why=t("there is no folder {folder}", folder=folder)
        )
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    near = closest(file.path.name, names)
    hint = t("Did you mean '{name}'?", name=near) if near else None
    if hint is None and names:
        hint = t("In that folder are: {names}", names=listed(names, limit=_MAX_NAMED))
    return file.error(t("this file does not exist"), hint=hint)


def member_names(file: SourceFile) -> list[str]:
    """The names of the files in a zip archive, sorted.

    Raises:
        DataError: it is missing, or no zip archive.
    """
    try:
        with zipfile.ZipFile(file.path) as archive:
            return sorted(name for name in archive.namelist() if not name.endswith("/"))
    except FileNotFoundError:
        raise _missing(file) from None
    except _ZIP_ERRORS as error:
        raise file.error(t("the zip archive is damaged"), why=str(error)) from None


def read_members(file: SourceFile, names: list[str]) -> list[str]:
    """The texts of several members of a zip archive, which is opened once.

    Raises:
        DataError: a member is missing, damaged or not UTF-8.
    """
    texts = []
    try:
        with zipfile.ZipFile(file.path) as archive:
            for name in names:
                data = archive.read(name).removeprefix(codecs.BOM_UTF8)
                try:
                    texts.append(data.decode("utf-8"))
                except UnicodeDecodeError as error:
                    member = SourceFile(file.path / name, f"{file.name}/{name}")
                    raise _not_utf8(member, data, error) from None
    except _ZIP_ERRORS as error:
        raise file.error(t("the zip archive is damaged"), why=str(error)) from None
    return texts


def _bytes_of_member(file: SourceFile, archive: Path, member: str) -> bytes:
    """The bytes of one member of a zip archive."""
    whole = SourceFile(archive, archive.name)
    names = member_names(whole)
    if member not in names:
        raise file.error(
            t("there is no such file in the archive"),
            hint=t("Inside are: {members}", members=listed(names, limit=_MAX_NAMED)),
        )
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.read(member)
    except _ZIP_ERRORS as error:
        raise file.error(t("the zip archive is damaged"), why=str(error)) from None


def _gunzipped(file: SourceFile, data: bytes) -> bytes:
    """The unpacked bytes of one gzip stream or of several behind each other."""
    unpacked = bytearray()
    while data := data.lstrip(b"\0"):
        stream = zlib.decompressobj(_GZIP_WINDOW_BITS)
        try:
            unpacked += stream.decompress(data)
        except zlib.error as error:
            raise file.error(
                t("the compressed data is corrupt"), row=_row_after(unpacked), why=str(error)
            ) from None
        if not stream.eof:
            raise file.error(
                t("the compressed file is truncated"),
                row=_row_after(unpacked),
                hint=t("Copy the file again; the rows before this one could be read."),
            )
        data = stream.unused_data
    return bytes(unpacked)


def _row_after(data: bytes | bytearray) -> int:
    """The row that the end of `data` stands in, counted from 1."""
    return data.count(b"\n") + 1


def _not_utf8(file: SourceFile, data: bytes, error: UnicodeDecodeError) -> DataError:
    """The error for bytes that are no UTF-8, with the encoding that they are likely in."""
    found = detect_encoding(data[:SAMPLE_BYTES], is_whole=len(data) <= SAMPLE_BYTES)
    what = t(
        "byte {value} at position {position} is not UTF-8",
        value=f"0x{data[error.start]:02x}",
        position=error.start + 1,
    )
    row = data.count(b"\n", 0, error.start) + 1
    if found.codec == "utf-8-sig":
        return file.error(
            what,
            row=row,
            why=t("the rest of the file reads as UTF-8, so this row is damaged"),
            hint=t("Correct or remove the row."),
        )
    if found.codec is None:
        hint = t("Save the file as UTF-8.")
        return file.error(what, row=row, hint=hint)
    return file.error(
        what,
        row=row,
        why=t("the file is likely {encoding}", encoding=found.codec.upper()),
        hint=t(
            "Convert it: iconv -f {encoding} -t UTF-8 {file} > NEW_FILE",
            encoding=found.codec.upper(),
            file=file.path,
        ),
    )
