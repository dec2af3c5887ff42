"""Where a circuit runs: one simulator or device per file, all with the interface of `statevector.Circuit`."""
