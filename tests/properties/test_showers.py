"""Showers: every valid one goes through everything unchanged, every invalid one is named in one line."""

import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from properties.strategies import LARGEST, SMALLEST, energies, geometries, incident_energies, showers, words

import qgen
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers, concatenate

BOX = Geometry("box", (Layer(((0.0, 1.0, 2.0), (0.0, 1.0, 3.0)), (0.0, 1.0)), Layer(((0.0, 1.0),) * 2, (1.0, 2.0))))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/."), min_size=1, max_size=8)


def same(a, b):
    np.testing.assert_array_equal(a.voxels, b.voxels)
    np.testing.assert_array_equal(a.incident_energy, b.incident_energy)
    assert (a.geometry, a.particle, dict(a.provenance)) == (b.geometry, b.particle, dict(b.provenance))
    assert a.extras.keys() == b.extras.keys()
    for name, values in a.extras.items():
        np.testing.assert_array_equal(values, b.extras[name])
        assert values.dtype == b.extras[name].dtype


@given(geometries())
def test_a_geometry_survives_json(geometry):
    assert Geometry.from_json(geometry.to_json()) == geometry


@given(st.data(), geometries(), words, st.dictionaries(words, plain, max_size=3), st.sets(names, max_size=2))
def test_files_give_back_everything(data, geometry, particle, provenance, columns):
    drawn = data.draw(showers(geometry))
    numbers = hnp.scalar_dtypes().filter(lambda t: t.kind in "fiub" and t.itemsize <= 8)
    extras = {
        name: data.draw(hnp.arrays(data.draw(numbers), (len(drawn), *data.draw(st.sampled_from([(), (3,)])))))
        for name in columns
    }
    whole = replace(drawn, particle=particle, provenance=provenance, extras=extras)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.hdf5"
        whole.save(path)
        same(Showers.load(path), whole)
        start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(drawn))] * 2)))
        same(Showers.load(path, start=start, stop=stop), whole.select(slice(start, stop)))
        if len(whole):
            qgen.save(whole, path)
            same(qgen.load(path), whole)


@given(st.data(), showers(BOX, max_size=6))
def test_select_is_indexing(data, whole):
    whole = replace(whole, extras={"row": np.arange(len(whole))})
    n = len(whole)
    index = data.draw(
        st.one_of(
            st.lists(st.integers(-n, n - 1), max_size=8) if n else st.just([]),
            hnp.arrays(np.bool_, n),
            st.slices(n),
        )
    )
    chosen = whole.select(index)
    empty = isinstance(index, list) and not index
    expected = np.arange(0) if empty else np.arange(n)[index]
    np.testing.assert_array_equal(chosen.extras["row"], expected)
    np.testing.assert_array_equal(chosen.voxels, whole.voxels[expected])
    np.testing.assert_array_equal(chosen.incident_energy, whole.incident_energy[expected])


@given(showers(BOX, max_size=3), st.sampled_from([[9], [-4], [True] * 7, [0.5], ["a"], [[0]], 0, None, [[1], [1, 2]]]))
def test_other_indices_are_refused(whole, index):
    with pytest.raises(InputError, match="select: expected") as error:
        whole.select(index)
    assert "\n" not in str(error.value)


@given(showers(BOX, max_size=8), st.floats(0, 1), st.integers(0, 2**32))
def test_split_is_a_partition_that_concatenate_joins(whole, fraction, seed):
    whole = replace(whole, extras={"row": np.arange(len(whole))})
    first, second = whole.split(fraction, seed=seed)
    joined = concatenate([first, second])
    assert len(first) == round(fraction * len(whole))
    same(joined.select(np.argsort(joined.extras["row"])), whole)


@given(st.lists(showers(BOX, max_size=3), min_size=1, max_size=3), st.data())
def test_concatenate_undoes_slicing(parts, data):
    joined = concatenate(parts)
    ends = np.cumsum([0, *(len(part) for part in parts)])
    for part, start, stop in zip(parts, ends[:-1], ends[1:], strict=True):
        same(joined.select(slice(int(start), int(stop))), part)


@given(st.data(), st.integers(1, 5))
def test_a_bad_voxel_is_named_by_row_and_column(data, n):
    voxels = data.draw(hnp.arrays(np.float64, (n, 5), elements=energies))
    row, column = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, 4))
    voxels[row, column] = data.draw(
        st.one_of(st.sampled_from([np.nan, np.inf, -np.inf, 1e39, -1e-300]), st.floats(max_value=-5e-324))
    )
    with pytest.raises(InputError, match=rf"voxels: expected .* at row {row}, column {column}$"):
        Showers(voxels, np.ones(n), BOX)


@given(st.data(), st.integers(1, 5))
def test_a_bad_energy_is_named_by_row(data, n):
    incident = np.array(data.draw(st.lists(incident_energies, min_size=n, max_size=n)))
    row = data.draw(st.integers(0, n - 1))
    incident[row] = data.draw(
        st.one_of(st.sampled_from([np.nan, np.inf, 0.0, 5e-324, 1e-31, 1e31, 1e308]), st.floats(max_value=0))
    )
    with pytest.raises(InputError, match=rf"incident_energy: expected .* at row {row}$"):
        Showers(np.zeros((n, 5)), incident, BOX)


@given(hnp.arrays(np.float32, st.tuples(st.integers(0, 4), st.just(5)), elements=energies))
def test_any_memory_layout_gives_the_same_showers(voxels):
    n = len(voxels)
    expected = Showers(voxels, np.ones(n), BOX)
    fixed = voxels.copy()
    fixed.flags.writeable = False
    forms = [
        np.asfortranarray(voxels),
        np.repeat(voxels, 2, axis=1)[:, ::2],
        voxels[::-1].copy()[::-1],
        fixed,
        voxels.astype(np.float64),
        voxels.astype(">f4"),
        voxels.tolist() if n else voxels,
    ]
    for form in forms:
        same(Showers(form, [1.0] * n, BOX), expected)
        assert not expected.voxels.flags.writeable
        assert form is fixed or not isinstance(form, np.ndarray) or form.flags.writeable


@given(hnp.arrays(hnp.integer_dtypes() | hnp.unsigned_integer_dtypes(), (3, 5)))
def test_whole_numbers_are_energies(voxels):
    assume(voxels.min() >= 0)
    found = Showers(voxels, np.ones(3, dtype=voxels.dtype), BOX)
    np.testing.assert_array_equal(found.voxels, voxels.astype(np.float32))


@given(hnp.arrays(np.float32, (3, 5), elements=energies))
def test_total_energy_is_the_exact_sum_to_rounding(voxels):
    total = Showers(voxels, np.ones(3), BOX).total_energy
    np.testing.assert_allclose(total, [math.fsum(row.tolist()) for row in voxels], rtol=1e-15)


@pytest.mark.parametrize("value", [0.0, SMALLEST, LARGEST])
def test_extreme_energies_are_kept(tmp_path, value):
    whole = Showers(np.full((2, 5), value), [1.0, 1e29], BOX)
    whole.save(tmp_path / "a.hdf5")
    again = Showers.load(tmp_path / "a.hdf5")
    assert np.all(again.voxels == np.float32(value))
    np.testing.assert_allclose(again.total_energy, 5 * float(np.float32(value)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"voxels": [[1.0] * 5, [1.0]]}, "voxels: expected an array"),
        ({"voxels": [["1"] * 5] * 2}, "voxels: expected real numbers"),
        ({"voxels": np.zeros((2, 5), dtype=object)}, "voxels: expected real numbers"),
        ({"voxels": None}, "voxels: expected shape"),
        ({"incident_energy": [[1.0], [1.0, 2.0]]}, "incident_energy: expected an array"),
        ({"incident_energy": [np.longdouble("1e4000")] * 2}, "incident_energy: expected a finite energy"),
        ({"particle": 3}, "particle: expected a short text on one line, found 3"),
        ({"particle": "e-\nx"}, "particle: expected"),
        ({"particle": "e" * 200}, "particle: expected"),
        ({"extras": {"a/b": np.ones(2)}}, "extras: expected names without '/'"),
        ({"extras": {"": np.ones(2)}}, "extras: expected names"),
        ({"extras": {"..": np.ones(2)}}, "extras: expected names"),
        ({"extras": {3: np.ones(2)}}, "extras: expected names"),
        ({"extras": {"a": 1.0}}, "expected numbers"),
        ({"extras": {"a": ["x", "y"]}}, "expected numbers"),
        ({"extras": {"a": [[1], [1, 2]]}}, "expected an array"),
    ],
)
def test_fields_of_another_kind_are_refused(fields, message):
    good = {"voxels": np.zeros((2, 5)), "incident_energy": np.ones(2), "geometry": BOX}
    with pytest.raises(InputError, match=message):
        Showers(**{**good, **fields})


@pytest.mark.parametrize("other", [{}, {"b": np.ones(1)}, {"a": np.ones((1, 2))}])
def test_parts_with_other_extras_are_not_joined(other):
    first = Showers(np.zeros((1, 5)), [1.0], BOX, extras={"a": np.ones(1)})
    with pytest.raises(InputError, match="concatenate: expected extras of one form"):
        concatenate([first, replace(first, extras=other)])


def test_extras_are_read_only_too():
    mine = np.ones(2)
    held = Showers(np.zeros((2, 5)), [1.0, 1.0], BOX, extras={"a": mine, "b": [1, 2]})
    for values in held.extras.values():
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 3
    mine[0] = 2.0
