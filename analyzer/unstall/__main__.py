"""``python -m unstall``."""

import sys

from unstall.door import main

sys.exit(main())
