"""What reports point to: dimensions, elements of the law, signals; never a verdict."""
