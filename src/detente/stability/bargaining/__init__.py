"""Which deals leave nothing on the table, and which one bargaining would come to."""
