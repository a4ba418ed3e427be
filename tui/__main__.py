"""`python -m tui` is `kstory`."""

from tui.cli import main

main()
