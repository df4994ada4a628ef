"""Start the program by `python -m lds_gui`."""

import sys

from lds_gui.cli import main

if __name__ == "__main__":
    sys.exit(main())
