"""Détente: of all the deals on the table, which would hold, why, and what would mend the rest."""
