"""A synthetic portfolio to show and to measure: written in bulk, never past a trigger.

It sits in the composition because it spans every app. One ``World`` is planned in memory
(``profiles``, ``histories``, ``scores``…) and each module writes the rows of one room. The same
seed, scale and day give the same rows. What is true in it by construction is in ``truth``.
"""
