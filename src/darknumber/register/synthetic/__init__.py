"""The synthetic register as the reports that it comes from, with the mistakes that reports have."""
