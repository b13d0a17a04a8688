"""``python -m unstall.master``: the command by itself."""

import argparse
import sys

from unstall.master.command import add_arguments, run

parser = argparse.ArgumentParser(prog="unstall master")
add_arguments(parser)
sys.exit(run(parser.parse_args()))
