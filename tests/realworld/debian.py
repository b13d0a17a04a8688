"""Debian source packages, fetched with apt into a folder of their own.

UNSTALL_DEBIAN_MIRROR is the archive's address, UNSTALL_DEBIAN_SUITE the release (bookworm), UNSTALL_SOURCES the folder
that keeps what was fetched (in the user's cache; outside of the repository in any case). apt checks the archive's
signature; the system's own apt configuration and its lists are left alone, and no rights are needed.
"""

import os
import subprocess
import tarfile
from pathlib import Path

PACKAGES = Path(__file__).with_name("packages.txt")
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


class NoMirrorError(Exception):
    """Packages are to be fetched, and nothing says where from."""


def fetched() -> list[Path]:
    """A folder for each package of the list; what is not there yet is fetched.

    Raises NoMirrorError, and CalledProcessError where apt fails.
    """
    lines = PACKAGES.read_text(encoding="utf-8").splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    cache = Path(os.environ.get("UNSTALL_SOURCES") or Path.home() / ".cache" / "unstall" / "sources")
    apt: list[str] = []
    for name in names:
        if (cache / name).is_dir():
            continue
        apt = apt or _apt(cache)
        _fetch(apt, cache, name)
    return [cache / name for name in names]


def _apt(cache: Path) -> list[str]:
    """The command of an apt that knows source packages and keeps to a folder."""
    mirror = os.environ.get("UNSTALL_DEBIAN_MIRROR")
    if not mirror:
        raise NoMirrorError("UNSTALL_DEBIAN_MIRROR is not set: the address of a Debian archive")
    suite = os.environ.get("UNSTALL_DEBIAN_SUITE", "bookworm")
    home = cache / ".apt"
    (home / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    sources = home / "sources.list"
    sources.write_text(f"deb-src [signed-by={_KEYS}] {mirror} {suite} main\n", encoding="utf-8")
    settings = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": home / "lists",
        "Dir::Cache": home,
    }
    apt = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in settings.items())]
    subprocess.run([*apt, "update"], check=True)
    return apt


def _fetch(apt: list[str], cache: Path, name: str) -> None:
    """Unpack the upstream part of a package; the folder appears when it is complete."""
    packed = cache / ".packed" / name
    packed.mkdir(parents=True, exist_ok=True)
    subprocess.run([*apt, "source", "--download-only", "--tar-only", "--only-source", name], cwd=packed, check=True)
    unpacked = cache / f".{name}"
    for archive in sorted(packed.glob("*.orig*.tar.?z*")):
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked, filter="data")
    unpacked.rename(cache / name)
