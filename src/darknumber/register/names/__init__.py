"""Cleaned forms of names and dates, and keyed codes in their place."""
