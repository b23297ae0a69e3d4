"""Presentations: made anew for PowerPoint and for the browser, and refreshed where they are."""
