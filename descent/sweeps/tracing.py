"""The gradients of many runs at once: an FX graph, traced once and optimised.

`make_fx` traces `torch.func.vmap` of `torch.func.grad_and_value`. The graph multiplies by ones,
takes first powers, and adds tables that are zero except for one column. These operations are
removed where the result stays bit-identical; only the sign of a zero may differ, and no step
depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from descent.checks.texts import described
from descent.sweeps.mapping import many_gradients

if TYPE_CHECKING:
    from torch import Tensor

    from descent.arrays import Loss

TRACED_FROM = 400  # evaluations of a run or a few, from which on tracing is faster
MANY_RUNS = 1000  # whose numbers take as long as calling the operations
MOST_COLUMNS = 64  # that are gathered into one table; a stack of more is no shorter


def traced_gradients(loss: Loss, params: Tensor) -> Any:
    """Return what computes gradients (n, k) and losses (k,) of as many `params` (n, k) as these.

    Returns:
        A torch.fx.GraphModule, as PyTorch wrote it down.
    """
    from torch.fx.experimental.proxy_tensor import make_fx

    return make_fx(many_gradients(loss))(params)


def gradients_for(loss: Loss, params: Tensor, evaluations: int) -> Any:
    """Return `batched_gradients` where they pay, else `many_gradients`; the numbers are the same.

    Writing down an operation takes as long as some hundred times what it saves at each evaluation,
    of a bowl as of a differential equation in thousands of operations; more runs save more.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        params: Where it is traced, shape (n, k).
        evaluations: How often it will be evaluated.
    """
    if evaluations * (1 + params.shape[1] / MANY_RUNS) < TRACED_FROM:
        return many_gradients(loss)
    return batched_gradients(loss, params)


def isolated_gradients(loss: Loss, params: Tensor) -> tuple[Tensor, Tensor, dict[int, str]]:
    """Return the gradients and losses of runs, and the errors of those on which the loss fails.

    The runs are computed in halves until each run that fails is alone.

    Returns:
        Gradients (n, k) and losses (k,), nan where the loss raised an exception, and the text of
        each exception by the run's index.
    """
    import torch

    compute, errors = many_gradients(loss), dict[int, str]()
    slopes, losses = torch.full_like(params, torch.nan), torch.full_like(params[0], torch.nan)
    pending = [torch.arange(params.shape[1], device=params.device)] if params.shape[1] else []
    while pending:
        runs = pending.pop()
        try:
            slopes[:, runs], losses[runs] = compute(params[:, runs])
        except Exception as error:
            if len(runs) > 1:
                pending += runs.tensor_split(2)
            else:
                errors[int(runs)] = described(error, first_line=True)
    return slopes, losses, errors


def batched_gradients(loss: Loss, params: Tensor) -> Any:
    """Return `traced_gradients` without its detours; the numbers are the same.

    Where they are not, since what the loss does was not all written down (it may write into a
    tensor of its own), and where PyTorch cannot trace it, as compiled code, it computes them anew
    each time.
    """
    direct = many_gradients(loss)
    try:
        module = traced_gradients(loss, params)
    except Exception:
        direct(params)  # which fails if the loss does
        return direct
    for node in list(module.graph.nodes):
        if node.op == "call_function":
            _leave_out(node)
    _gather_columns(module.graph)
    _compute_constants(module)
    module.graph.eliminate_dead_code()
    module.recompile()
    return module if _agree(module, direct, params) else direct


def _agree(one: Any, other: Any, params: Tensor) -> bool:
    import torch

    pairs = zip(one(params), other(params), strict=True)
    return all(torch.allclose(a, b, rtol=0, atol=0, equal_nan=True) for a, b in pairs)


def _leave_out(node: Any) -> None:
    """Fold x·1 and x¹ to x: the node's users use x instead."""
    import torch

    aten, same = torch.ops.aten, None
    if node.target is aten.pow.Tensor_Scalar and node.args[1] == 1:
        same = node.args[0]
    elif node.target is aten.mul.Scalar and node.args[1] == 1:
        same = node.args[0]
    elif node.target is aten.mul.Tensor:
        for one, other in (node.args, node.args[::-1]):
            if _kind(other) == _kind(node):
                same = other if _is(one, aten.ones_like.default) else same
                if _repeated(one) is not one:
                    node.replace_input_with(one, _repeated(one))
    if same is not None and _kind(same) == _kind(node):
        node.replace_all_uses_with(same)


def _repeated(node: Any) -> Any:
    """Return the single number that a product of it with ones repeats, else the node itself."""
    import torch

    aten = torch.ops.aten
    if _is(node, aten.mul.Tensor):
        for one, other in (node.args, node.args[::-1]):
            if _is(one, aten.ones_like.default) and _kind(other) == ((), _kind(node)[1]):
                return other
    return node


def _is(node: Any, target: Any) -> bool:
    return getattr(node, "target", None) is target


def _kind(node: Any) -> Any:
    """Return shape and dtype of what a node computes; None of a plain number."""
    value = getattr(node, "meta", {}).get("val")
    return None if value is None else (tuple(value.shape), value.dtype)


def _gather_columns(graph: Any) -> None:
    """Put the columns of a sum of tables that are zero elsewhere side by side, without adding."""
    import torch

    aten = torch.ops.aten
    columns: dict[Any, dict[int, Any]] = {}
    for node in list(graph.nodes):
        if _is(node, aten.select_backward.default) and node.args[2] == 1:
            columns[node] = {node.args[3]: node.args[0]}
        elif _is(node, aten.add.Tensor) and not node.kwargs and {*node.args} <= columns.keys():
            columns[node] = _merged(graph, node, *(columns[part] for part in node.args))
    for node, found in columns.items():
        (_, width) = _kind(node)[0] if len(_kind(node)[0]) == 2 else (0, 0)
        if width <= MOST_COLUMNS and sorted(found) == [*range(width)]:
            with graph.inserting_before(node):
                # A row each, since a run's numbers lie side by side in the result.
                rows = graph.call_function(aten.stack.default, ([found[k] for k in range(width)],))
                table = graph.call_function(aten.permute.default, (rows, [1, 0]))
            table.meta = dict(node.meta)
            node.replace_all_uses_with(table)


def _merged(graph: Any, node: Any, one: dict[int, Any], other: dict[int, Any]) -> dict[int, Any]:
    """Return the columns of both; those that both have are added as the tables would have been."""
    merged = one | other
    with graph.inserting_before(node):
        for column in one.keys() & other.keys():
            merged[column] = graph.call_function(node.target, (one[column], other[column]))
    return merged


def _compute_constants(module: Any) -> None:
    """Compute once what depends on no parameter, unless something is written into tensors."""
    import torch
    from torch.fx.node import map_arg

    if any(_writes(node) for node in module.graph.nodes):
        return
    values: dict[Any, Any] = {}
    for node in list(module.graph.nodes):
        if node.op == "get_attr":
            values[node] = getattr(module, node.target)
        elif node.op == "call_function" and _is_constant(node, values):
            given: Any = map_arg((node.args, node.kwargs), values.__getitem__)
            values[node] = node.target(*given[0], **given[1])
            if isinstance(values[node], torch.Tensor):
                name = f"constant_{node.name}"
                module.register_buffer(name, values[node])
                with module.graph.inserting_before(node):
                    node.replace_all_uses_with(module.graph.get_attr(name))


def _is_constant(node: Any, values: dict[Any, Any]) -> bool:
    import torch

    tags: Any = getattr(node.target, "tags", None)  # which torch's own operations have
    is_fixed = tags is not None and torch.Tag.nondeterministic_seeded not in tags
    return is_fixed and all(part in values for part in node.all_input_nodes)


def _writes(node: Any) -> bool:
    schema: Any = getattr(node.target, "_schema", None)
    return schema is not None and schema.is_mutable
