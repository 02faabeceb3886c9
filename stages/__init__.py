"""One stage, one verb: `python -m stages.<name> --help`. Command lines are read here and nowhere else."""
