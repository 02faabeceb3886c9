"""How threads wait is set before torch is loaded, which reads it then."""

import os
import subprocess
import sys

import pytest

from pipeline_lib import SPIN_COUNT

SAY = "import sys, os, stages; print('torch' in sys.modules, os.environ.get('GOMP_SPINCOUNT'))"


@pytest.mark.parametrize(
    ("given", "found"),
    [({}, SPIN_COUNT), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "PASSIVE"}, "None")],
    ids=["left to Tare", "set by the user", "a policy of the user"],
)
def test_how_threads_wait_is_set_before_torch_is_loaded(given, found):
    own = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    variables = {name: value for name, value in os.environ.items() if name not in own} | given
    done = subprocess.run([sys.executable, "-c", SAY], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", found]
