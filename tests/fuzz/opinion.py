"""``python -m tests.fuzz.opinion``: what a process of its own says of inputs, a line each."""

import base64
import sys

from tests.fuzz.inputs import SUFFIX
from tests.fuzz.properties import digest


def main() -> None:
    """Read lines of a language and an input in base64, and print what its reports come to."""
    for line in sys.stdin:
        name, data = line.split(" ")
        for language in SUFFIX:
            if language == name:
                print(digest(base64.b64decode(data), language), flush=True)


if __name__ == "__main__":
    main()
