"""Ansaetze, one per file: f(inputs, weights, wires) for ONE sample, with f.weight_shape(n_qubits, depth)."""
