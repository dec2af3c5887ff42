"""A circuit of a user's own."""

import pennylane as qml


def mine(inputs, weights, wires):
    for block in weights:
        for i, wire in enumerate(wires):
            qml.RY(inputs[i] + block[i], wires=wire)
        for i in range(len(wires) - 1):
            qml.IsingZZ(block[-1], wires=[wires[i], wires[i + 1]])


mine.weight_shape = lambda n_qubits, depth: (depth, n_qubits + 1)
