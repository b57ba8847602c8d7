"""Filters that know the vocabulary of alliances."""

from django import template

from alliances.overview.sentences import tone_of

register = template.Library()
register.filter("status_tone", tone_of)
