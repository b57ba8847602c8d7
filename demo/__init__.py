"""A synthetic portfolio to show and to measure: written in bulk, never past a trigger.

It stands above the composition because it spans every app and nobody needs it: production runs
without this package. One ``World`` is planned in memory (``planning``) and each module of
``rooms`` writes the rows of one room; ``registers`` give out the places, people, documents and
accounts that rooms share, and ``ground`` is chance, words and the shape of the whole. The same
seed, scale and day give the same rows. What is true in it by construction is in ``ground.truth``.
"""
