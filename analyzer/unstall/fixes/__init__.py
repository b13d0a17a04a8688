"""Patches for restarts: strategies, the ways to write them, and the proof by analysing the patched bytes again.

A fact becomes a `Site` (the fact in its source), a strategy makes a `Treatment` of it (what to do when interrupted),
the plans write that into the source as edits, and a `Comparison` of the analysis before and after says what is wrong
with them. The first edits that nothing is wrong with are the patch.
"""

from unstall.fixes.again import Reanalyse, reanalyser
from unstall.fixes.generated import why_generated
from unstall.fixes.proposal import propose
from unstall.fixes.repairs import REPAIRS, repair

__all__ = ["REPAIRS", "Reanalyse", "propose", "reanalyser", "repair", "why_generated"]
