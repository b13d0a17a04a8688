"""Python source to flow graphs, on LibCST."""
