"""The levels of a picture, as a video stores them."""

import numpy as np

TO_YCC = np.array([[0.2126, 0.7152, 0.0722], [-0.1146, -0.3854, 0.5], [0.5, -0.4542, -0.0458]])


def mean_levels(pictures):
    """Return the mean Y, Cb and Cr of each picture, shape (k, 3); BT.709."""
    return np.array([picture.reshape(-1, 3).mean(axis=0) @ TO_YCC.T for picture in pictures])
