"""Joining the processes that a launcher has started, and taking leave of them.

The first process does everything else of a run: the earlier stages, the model folder, the manifest.
The others train with it and write nothing but their parts of checkpoints.
"""

from __future__ import annotations

from yanmo.core.device import choose_device
from yanmo.core.parent_process import die_with_parent
from yanmo.parallel.ranks import Ranks, join_ranks, leave_ranks
from yanmo.pipeline.recipe import Recipe


def join_training(recipe: Recipe) -> Ranks:
    """Join the processes that a launcher has started. The first one comes when the earlier stages
    are made; the others wait for it here."""
    die_with_parent()
    return join_ranks(choose_device(recipe.pretrain.device).type)


def call_followers(recipe: Recipe) -> Ranks:
    """On the first process: have the others train with this one."""
    ranks = join_training(recipe)
    ranks.broadcast_json({"trains": True})
    return ranks


def release_followers(recipe: Recipe) -> None:
    """On the first process: let the others go, since there is nothing to train."""
    ranks = join_training(recipe)
    ranks.broadcast_json({"trains": False})
    leave(ranks)


def leave(ranks: Ranks) -> None:
    """Take leave when all are done."""
    ranks.barrier()
    leave_ranks()


def follow(recipe: Recipe) -> Ranks | None:
    """On the others: wait for the first process. The group where there is something to train."""
    ranks = join_training(recipe)
    if ranks.broadcast_json(None)["trains"]:
        return ranks
    leave(ranks)
    return None
