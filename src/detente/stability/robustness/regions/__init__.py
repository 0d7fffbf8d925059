"""A verdict at a point, and the conditions on the parameters under which it stays."""
