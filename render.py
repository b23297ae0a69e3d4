"""The command line of a checkout; an installed package has the command understanding-gradients."""

from understanding_gradients.__main__ import main

if __name__ == "__main__":
    main()
