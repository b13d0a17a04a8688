"""The reference master: a prefork master process that shows the stall, in simulation and for real.

`compare` runs it under policies and kernel rules and returns what was measured.
"""

from unstall.master.compare import compare
from unstall.master.results import RunResult
from unstall.master.settings import KernelRule, MasterError, Policy, Settings

__all__ = ["KernelRule", "MasterError", "Policy", "RunResult", "Settings", "compare"]
