"""`python -m understanding_gradients.workers PARENT FOLDER` starts a worker process."""

from understanding_gradients.installation import exit_unless_installed

if __name__ == "__main__":
    exit_unless_installed()
    from understanding_gradients.workers.worker import main

    main()
