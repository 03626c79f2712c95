"""`python -m scanner` is `entrance-scanner`."""

import sys

from scanner.main import main

sys.exit(main())
