"""IQP Born machine: commuting gates, trained by their correlators, also where no classical way to sample them is known."""

from qgen.iqp.generator import IQPBornMachine

__all__ = ["IQPBornMachine"]
