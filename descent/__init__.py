"""Gradient descent with PyTorch, recorded as NumPy arrays.

A loss is any function that maps a vector of parameters, a float64 tensor, to a scalar tensor.
Gradients are computed by torch.autograd, steps by a torch.optim optimizer. The results are NumPy
arrays: row t holds the parameters after t steps.

Example:
    >>> import descent
    >>> def valley(params):
    ...     x, y = params
    ...     return (x**2 + y - 3) ** 2 + (x - y) ** 2
    >>> run = descent.record(valley, [0, 0], learning_rate=0.05, steps=20)
    >>> run.iterates.shape, run.behavior
    ((21, 2), 'converging')
    >>> descent.record(valley, [0, 0], learning_rate=0.5, steps=20).behavior
    'diverging'

Overview; ``help(descent.record)`` and the like give formula, shapes, errors and an example:

    one descent       record, watch, Watched, Trajectory, plot_runs, load_into
    a loss            Loss, load_loss, model_loss, load_model, NamedLoss, LOSSES,
                      quadratic_bowl, neuron_loss, neuron_weight_loss, row_loss
    learning rates    suggest_learning_rates, SuggestedRates, critical_learning_rate,
                      best_learning_rate, sharpness, sharpness_along, hessian,
                      hessian_vector_product
    many descents     sweep, Sweep, plot_map, write_page
    views of a loss   sample, Landscape, window_around, Plane, path_plane, random_plane
    gradients         backward_graph, BackwardGraph, Node, network_gradient, NetworkGradient,
                      central_differences, forward_differences, difference_errors,
                      DifferenceTable
    checks            check_loss, check_start, check_steps, check_learning_rates
    errors            InvalidArgument, InvalidValue, InvalidType, OutsideDomain,
                      RecordingFailed

Importing this package loads none of NumPy, torch, SciPy and matplotlib; each is loaded when it is
first needed.
"""

import lazy_loader as lazy  # pyright: ignore[reportMissingTypeStubs]

# Each public name is listed in __init__.pyi.
__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)  # pyright: ignore[reportUnknownVariableType]
