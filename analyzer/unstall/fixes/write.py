"""Writing a file in one move, so that nobody ever sees half of it."""

import os
import stat
import tempfile
from pathlib import Path


def write_atomically(path: str | Path, data: bytes) -> None:
    """Replace the contents of a file and keep its mode; of a symbolic link, what it points to.

    The new contents are written beside the file, flushed to the disk, and renamed over it (rename(2) is atomic inside
    of one file system). Raises OSError, in which case the file is as it was.
    """
    target = Path(path).resolve(strict=True)
    mode = stat.S_IMODE(target.stat().st_mode)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        os.replace(name, target)  # noqa: PTH105  (its name says what it does)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
