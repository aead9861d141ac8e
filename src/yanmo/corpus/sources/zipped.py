"""Files that are zip archives inside: DOCX and EPUB.

Comes in: an open file. Goes out: the bytes of its members, up to a limit, so that a zip bomb costs
neither memory nor time. Knows nothing of what the members mean.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import IO
from xml.parsers import expat

from yanmo.core.messages import t
from yanmo.corpus.sources.streams import Damaged

_BLOCK_BYTES = 262_144
_MAX_EXPANSION = 200
_FREE_BYTES = 8_000_000


class ZippedFile:
    """The members of a zip archive.

    Args:
        opened: the file.
        max_bytes: the most that all members together may unpack to.

    Raises:
        Damaged: it is no zip archive, or its list of members is broken.
    """

    def __init__(self, opened: IO[bytes], max_bytes: int) -> None:
        try:
            self._zip = zipfile.ZipFile(opened)
        except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
            raise Damaged(t("broken zip container: {error}", error=error)) from error
        self._left = max_bytes

    def names(self) -> list[str]:
        """The names of all members."""
        return self._zip.namelist()

    def read(self, name: str) -> bytes:
        """The bytes of a member.

        Raises:
            Damaged: there is none, it is broken or encrypted, or it unpacks to too much.
        """
        try:
            member = self._zip.getinfo(name)
            limit = min(self._left, _FREE_BYTES + _MAX_EXPANSION * member.compress_size)
            blocks: list[bytes] = []
            num_bytes = 0
            with self._zip.open(member) as opened:
                while block := opened.read(_BLOCK_BYTES):
                    num_bytes += len(block)
                    if num_bytes > limit:
                        raise Damaged(t("{name} inside unpacks to too much", name=name))
                    blocks.append(block)
        except KeyError as error:
            raise Damaged(t("there is no {name} inside", name=name)) from error
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
            raise Damaged(t("broken zip container: {error}", error=error)) from error
        except (RuntimeError, NotImplementedError) as error:  # encrypted, or an unknown packing
            raise Damaged(t("broken zip container: {error}", error=error)) from error
        self._left -= num_bytes
        return b"".join(blocks)


def xml_parser() -> expat.XMLParserType:
    """A parser that takes names without their namespaces apart and refuses entities of the file's
    own, which can grow without bound."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise Damaged(t("broken XML: {error}", error="entity declaration"))

    parser.EntityDeclHandler = refuse
    return parser


def parse_xml(parser: expat.XMLParserType, data: bytes) -> None:
    """Feed a whole document to a parser.

    Raises:
        Damaged: the XML is broken.
    """
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Damaged(
            t("broken XML: {error}", error=expat.ErrorString(error.code)), error.offset
        ) from error
