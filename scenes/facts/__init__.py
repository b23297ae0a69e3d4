"""What wording and mobjects both compute from recordings: no markup, no mobjects."""
