"""`python -m yanmo` is `yanmo`."""

from yanmo.cli.main import main

if __name__ == "__main__":
    main()
