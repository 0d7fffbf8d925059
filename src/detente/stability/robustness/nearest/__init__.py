"""The smallest change that overturns a verdict."""
