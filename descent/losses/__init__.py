"""Named losses with their known minimisers and Hessians, and losses from files."""
