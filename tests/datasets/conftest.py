import pytest
from layout_files import BINNING, FIELDS


@pytest.fixture(params=list(FIELDS))
def layout(request):
    """Each public layout in turn."""
    return request.param


@pytest.fixture
def binning(tmp_path):
    """A binning XML in the form of CaloChallenge's dataset 1."""
    path = tmp_path / "binning.xml"
    path.write_text(BINNING)
    return path
