"""The profiles: where, whose, how they fared and when; planned whole before a row is written."""
