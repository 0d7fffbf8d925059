"""What the methods for two players in strategic form are made of."""
