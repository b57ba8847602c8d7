"""Invitations: how somebody who is to act for a body comes in, by a link that serves once."""
