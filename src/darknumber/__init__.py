"""Multiple systems estimation: how many people are there that nobody has counted?"""

__version__ = "0.1.0"
