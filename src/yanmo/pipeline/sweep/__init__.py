"""Many runs of one recipe with other values, one table, and the best of them as a recipe.

`axes` reads what is varied, `trials` says which runs there are, `sharing` has them share finished
stages, `sweep` runs them, `outcome` reads what came out, `choice` picks; `report`, `table` and
`page` show it.
"""
