"""python -m emotion: the same as the command `emotion`."""

import sys

from emotion.cli import main

if __name__ == "__main__":
    sys.exit(main())
