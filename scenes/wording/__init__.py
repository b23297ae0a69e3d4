"""What may truthfully be said of recorded numbers: sentences chosen by them."""
