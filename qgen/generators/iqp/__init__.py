"""IQP Born machine: commuting gates, trained by correlators, also where no way to sample them classically is known."""

from qgen.generators.iqp.generator import IQPBornMachine

__all__ = ["IQPBornMachine"]
