"""Would it enforce itself: against one breach, year after year, and given in instalments."""
