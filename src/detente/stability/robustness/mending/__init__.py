"""The cheapest change that makes a bundle hold, or breaks it."""
