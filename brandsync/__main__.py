"""``python -m brandsync``."""

from brandsync.cli import main

if __name__ == "__main__":
    main()
