from pathlib import Path

import pytest

from qgen.comparison.task import Task, named
from qgen.files import InputError
from qgen.generators.protocol import Generator
from qgen.generators.qcbm import QCBM
from qgen.generators.qgan import QGAN
from qgen.generators.spec import create


def test_create_with_options() -> None:
    model = create("qcbm:depth=4,ansatz=circuits/ring", learning_rate=0.5)
    assert (model.depth, model.ansatz, model.learning_rate) == (4, "circuits/ring", 0.5)
    assert create("classical/mean_image:n_knots=2", n_knots=9).n_knots == 2


def test_create_with_lists_and_mappings() -> None:
    model = create("qvae:partitions=[16, 8],sampler_options={draws: thermal, shape: [3, 4]},epochs=7")
    assert model.partitions == [16, 8]
    assert model.sampler_options == {"draws": "thermal", "shape": [3, 4]}
    assert model.epochs == 7
    with pytest.raises(InputError, match=r"partitions: expected a value in YAML, found '\[16,epochs=7'"):
        create("qvae:partitions=[16,epochs=7")


def test_create_on_a_small_budget() -> None:
    assert create("qcbm", quick=True).epochs == QCBM.quick["epochs"]
    assert create("qcbm:epochs=7", quick=True).epochs == 7
    assert create("qcbm").epochs == QCBM().epochs


def test_create_from_a_file(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(
        "from qgen.generators.classical.bootstrap import Bootstrap\n\n\nclass Mine(Bootstrap):\n    pass\n"
    )
    model = create(f"{outside}:Mine:neighbours=3")
    assert type(model).__name__ == "Mine"
    assert model.neighbours == 3
    assert isinstance(model, Generator)


def test_create_with_an_unknown_option() -> None:
    message = r"qcbm:dept=4: unknown option 'dept' \(did you mean 'depth'\?\), expected .*; qgen generators show qcbm "
    with pytest.raises(InputError, match=message):
        create("qcbm:dept=4")


def test_a_default_that_the_generator_does_not_have_is_told() -> None:
    with pytest.raises(
        InputError, match=r"qgan: unknown option 'n_qubits', expected one of .*qgen generators show qgan"
    ):
        create("qgan", n_qubits=6)


BARE = '''
class Bare:
    """No more than the protocol asks for."""

    def __init__(self, *, k: int = 3) -> None:
        self.k = k

    def fit(self, showers, *, seed): ...
    def sample(self, incident_energy, *, seed): ...
'''


def test_only_the_representation_may_be_missing(tmp_path: Path) -> None:
    """The protocol asks for the trait, not for an option."""
    outside = tmp_path / "bare.py"
    outside.write_text(BARE)
    assert create(f"{outside}:Bare", representation="profile8", k=4).k == 4
    assert create("qgan", representation="profile8").representation == "profile8"
    for wrong in ({"seed": 3}, {"representations": "profile8"}):
        with pytest.raises(
            InputError, match=rf"bare\.py:Bare: unknown option '{next(iter(wrong))}', expected one of k"
        ):
            create(f"{outside}:Bare", **wrong)
    with pytest.raises(InputError, match=r"bare\.py:Bare:representation=native: unknown option 'representation'"):
        create(f"{outside}:Bare:representation=native")


def test_none_is_a_value() -> None:
    assert create("qgan:gradient_penalty=None,depth=2").gradient_penalty is None
    assert create("qgan:gradient_penalty=null").gradient_penalty is None


@pytest.mark.parametrize("name", ["circuits/line", "simulation/aer"])
def test_what_is_no_generator_is_one_line(name):
    with pytest.raises(InputError, match=f"{name}: expected a class with fit and sample, a generator, found"):
        create(name)


def test_a_label_may_hold_as() -> None:
    assert named("qgan:depth=2 as circuit of as many parameters") == ("circuit of as many parameters", "qgan:depth=2")


def test_a_forecast_leaves_bad_epochs_to_the_fit() -> None:
    assert Task("qgan:epochs=x", "clic/e-").typical_fit_s == Task("qgan", "clic/e-").typical_fit_s


@pytest.mark.parametrize("budget", ["quick", "standard", "full"])
def test_a_forecast_is_in_proportion_to_the_epochs(budget: str) -> None:
    """Those of `quick`, or of the class; where neither says a number there is nothing to compare with."""
    usual = QGAN.quick["epochs"] if budget == "quick" else QGAN().epochs
    typical = Task("qgan", "clic/e-", budget=budget).typical_fit_s
    assert Task(f"qgan:epochs={2 * usual}", "clic/e-", budget=budget).typical_fit_s == 2 * typical
    assert Task("qgan:epochs=0", "clic/e-", budget=budget).typical_fit_s == 0
    assert Task("qgan:epochs=5@backend=aer", "clic/e-", budget=budget).typical_fit_s == 0
    assert Task("iqp:epochs=5", "clic/e-", budget=budget).typical_fit_s > 0
