"""Pixels to packets: H.264 in BT.709."""
