"""Training: data builders, the recipes of encoder and reader. Needs gongwen[train]; not imported when serving."""
