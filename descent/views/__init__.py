"""What of a loss to show: windows, landscapes, and planes through many parameters."""
