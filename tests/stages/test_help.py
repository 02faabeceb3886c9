"""The help of every stage is its docstring."""

import pkgutil
from importlib import import_module

import pytest

import stages


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(stages.__path__)])
def test_help_is_the_docstring(name, capsys):
    stage = import_module(f"stages.{name}")
    with pytest.raises(SystemExit) as ended:
        stage.main(["--help"])
    assert ended.value.code == 0
    assert str(stage.__doc__).strip() in capsys.readouterr().out
