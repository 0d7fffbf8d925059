"""How an answer changes along one parameter: followed exactly, from breakpoint to breakpoint."""
