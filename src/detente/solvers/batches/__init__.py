"""Many draws of a game with hidden information at once: what one draw's equilibrium says of all."""
