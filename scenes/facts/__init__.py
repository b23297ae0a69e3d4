"""What is computed from recordings before it is drawn or said."""
