"""Taking the sources out of archives of strangers: nothing outside of a folder, no links, no more than a bound."""

import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from unstall.source import LANGUAGE_OF_SUFFIX

MAX_BYTES = 2_000_000_000
"""Of all sources of an archive; the kernel's are 1,200 MB."""
MAX_FILES = 500_000
_PIECE = 1 << 20


class ArchiveError(Exception):
    """An archive that can't be used, and why, in words."""


def is_archive(path: str) -> bool:
    """Whether a file is a zip file or a tar file, compressed or not. Raises OSError."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def unpack(path: str, folder: Path, max_bytes: int = MAX_BYTES) -> None:
    """Write the C and Python files of an archive below ``folder``. Raises ArchiveError and OSError.

    Only regular files are taken, and none whose name is absolute or has ``..`` in it; how much there is is counted as
    it is written, since archives lie about sizes.
    """
    left = max_bytes
    try:
        for number, (name, stream) in enumerate(_sources(path)):
            if number >= MAX_FILES:
                raise ArchiveError(f"gave up: more than {MAX_FILES} sources in it")
            left -= _write(stream, folder / name, left)
            if left < 0:
                raise ArchiveError(f"gave up: more than {max_bytes // 1_000_000} MB of sources in it")
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError) as error:
        raise ArchiveError(f"a broken archive: {error}") from error
    except (RuntimeError, NotImplementedError) as error:  # zipfile, of encrypted members and odd methods
        raise ArchiveError(f"can't be unpacked: {error}") from error


def _sources(path: str) -> Iterator[tuple[PurePosixPath, IO[bytes]]]:
    """The members that are sources, in the order in which they stand, opened."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                kind = member.external_attr >> 28  # the type bits of a Unix mode; 0 where another system made it
                name = _safe(member.filename)
                if name is not None and not member.is_dir() and kind in (0, 8):
                    with archive.open(member) as stream:
                        yield name, stream
        return
    with tarfile.open(path) as tar:
        for entry in tar:
            name = _safe(entry.name)
            if name is not None and entry.isreg() and (content := tar.extractfile(entry)) is not None:
                yield name, content


def _safe(name: str) -> PurePosixPath | None:
    """The path of a source inside of the folder; None for one that would leave it, and for what is no source."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or path.suffix.lower() not in LANGUAGE_OF_SUFFIX:
        return None
    return path


def _write(stream: IO[bytes], target: Path, left: int) -> int:
    """Copy a member, and a byte more than is ``left`` at most; gives the bytes written.

    A member whose name is taken, or is too long for the system, is passed over.
    """
    written = 0
    with suppress(FileExistsError, NotADirectoryError), _created(target) as file:
        while written <= left and (piece := stream.read(min(_PIECE, left - written + 1))):
            written += file.write(piece)
    return written


def _created(target: Path) -> IO[bytes]:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    return os.fdopen(descriptor, "wb")
