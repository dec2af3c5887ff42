"""Which generator makes the best 8x8 showers? All families, their ablations and the classical references, side by side.

python studies/compare.py --budget standard --out runs/compare
"""

from qgen.cli import compare, run

if __name__ == "__main__":
    raise SystemExit(run(compare))
