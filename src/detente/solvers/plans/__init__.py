"""What the methods on realization plans, the sequence form's strategies, are made of."""
