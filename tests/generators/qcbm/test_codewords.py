"""What does the circuit add? Codewords of the training showers nearest in energy score as its samples do."""

import pytest

from qgen.comparison.split import USUAL, load_split
from qgen.evaluation import evaluate, truth_floor
from qgen.generators.classical.energy_blind_shape import EnergyBlindShape
from qgen.generators.qcbm import QCBM


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:incident_energy")
def test_resampled_codewords_score_like_the_trained_circuit():
    """On CLIC at 8x8, by the classifier's AUC, to three standard deviations of a difference (0.02)."""
    train, test = load_split("clic/e-", "image8x8", USUAL)
    energy = test.incident_energy
    circuit = QCBM(epochs=1500).fit(train, seed=0)
    floor = truth_floor(test, train, n_generated=len(test), seed=0, matched=True, metrics=["auc"])

    def auc(showers) -> float:
        return evaluate(test, showers, floor_reference=train, floor=floor, metrics=["auc"], seed=0).scores["auc"].value

    trained = auc(circuit.sample(energy, seed=1))
    resampled = [auc(circuit.resample(train, energy, seed=2, neighbours=k)) for k in (8, 64)]
    assert resampled == pytest.approx([trained, trained], abs=0.06)
    assert auc(EnergyBlindShape().fit(train, seed=0).sample(energy, seed=1)) > trained + 0.15
