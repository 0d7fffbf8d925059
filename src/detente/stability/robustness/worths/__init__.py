"""What inspections, commitments and knowledge are worth."""
