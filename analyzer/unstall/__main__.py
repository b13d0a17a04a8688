"""``python -m unstall``."""

import sys

from unstall.entry import main

sys.exit(main())
