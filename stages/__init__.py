"""One stage, one verb: `python -m stages.<name> --help`. Command lines are read here and nowhere else."""

import os

# OpenMP's threads spin while they wait for one another: as soon as anything else runs on the machine, training is
# slower by an order of magnitude (EXPERIMENTS.md). Read once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
