"""The film's sentences: each is chosen by recorded numbers and true of them."""
