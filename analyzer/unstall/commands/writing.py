"""Writing files that commands change."""

from unstall.cli import UsageError
from unstall.fixes.write import write_atomically


def write(path: str, data: bytes) -> None:
    """Replace a file's contents in one move; raises UsageError where that can't be done."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from error
