"""Presentations: made for PowerPoint and for the browser, and updated in place."""
