"""`python -m contrastlab ...`"""

import sys

from .cli import main

sys.exit(main())
