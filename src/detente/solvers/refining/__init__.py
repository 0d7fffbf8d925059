"""Which Nash equilibria are sequential: trembling plans as linear programs."""
