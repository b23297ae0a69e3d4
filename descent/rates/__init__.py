"""How curved a loss is, and which learning rates that allows."""
