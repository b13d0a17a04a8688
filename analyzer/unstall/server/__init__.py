"""A language server: findings while one types, with the path as related places and the proved patch as a quick fix."""
