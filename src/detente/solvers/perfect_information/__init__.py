"""What backward induction is made of: exact payoffs, sets of them, one backward pass."""
