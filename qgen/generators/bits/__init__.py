"""What do generators of bit strings share: the code, the energy, Walsh operators, distances between distributions?"""
