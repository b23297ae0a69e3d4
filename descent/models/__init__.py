"""A torch.nn.Module with its data as a loss, on all rows or on mini-batches."""
