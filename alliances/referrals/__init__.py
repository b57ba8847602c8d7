"""Referrals of an alliance to another programme of the State, and what that programme answered.

Context: whoever hears only «no» (not eligible, not selected) still needs training, water, credit or
titles, and other programmes give them. Decision: a room of its own below calls and preparation, for
a referral belongs to no stage: any alliance may have one. Consequence: pages above read it.
"""
