"""From an office's files to reports in canonical columns, and an account of every row."""
