"""IQP Born machine: commuting gates, trained by their correlators, also where no classical computer samples them."""

from qgen.iqp.generator import IQPBornMachine

__all__ = ["IQPBornMachine"]
