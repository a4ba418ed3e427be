"""`python -m tui` is `kstory`."""

from tui.cli import main

if __name__ == "__main__":
    main()
