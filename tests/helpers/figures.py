"""The fixture `drawn`: the matplotlib figures that a test saves. A test module requests it with `pytest_plugins`."""

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def drawn(monkeypatch):
    """Return the figures that were saved, in order, laid out; the files are written too."""
    figures, savefig = [], Figure.savefig

    def keep(figure, *arguments, **options):
        savefig(figure, *arguments, **options)
        figures.append(figure)

    monkeypatch.setattr(Figure, "savefig", keep)
    return figures
