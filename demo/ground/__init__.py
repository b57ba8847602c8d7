"""What is known before the first profile: chance, words, the truth, and how rows are written."""
