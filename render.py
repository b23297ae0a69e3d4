"""The command line from a checkout: `python render.py --help`."""

from understanding_gradients.__main__ import main

if __name__ == "__main__":
    main()
