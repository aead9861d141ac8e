"""Greedy writing of many rows at once: at every step each row takes its most probable token.

Rows may begin with prompts of different lengths. All advance together from position 0, so that no
row holds padding: a row whose prompt is not read to its end yet takes the next token of the prompt
in the place of the most probable one. That is exact for every model, whatever its positions are,
and recurrent ones included. Rows that end leave the batch. Knows ids, not text.

`inference.engine` writes continuations that come and go, each by settings of its own; this is for
many at once under one rule, for targets of encoder-decoders, and for families that it runs one slot
after another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from yanmo.inference.open_rows import OpenRows
from yanmo.inference.writing_rules import WritingRules, Written

ShouldStop = Callable[[Sequence[int]], bool]
"""Told the tokens of a row so far; whether the text ends here."""


def write_greedily(
    rows: OpenRows,
    begins: Sequence[Sequence[int]],
    limits: Sequence[int],
    rules: WritingRules,
    should_stop: ShouldStop | None = None,
) -> list[Written]:
    """Continue `begins`, each with at most as many tokens as `limits` says.

    Args:
        rows: as many as there are beginnings, nothing read yet.
        begins: what each row starts with, one token at least; not part of what is written.
        should_stop: asked after every token, which then is the last one of its row.
    """
    written: list[list[int]] = [[] for _ in begins]
    log_probs = [0.0] * len(begins)
    done: dict[int, bool] = {}  # the rows that have ended, and whether a limit ended them
    alive = list(range(len(begins)))
    num_read = min(map(len, begins))
    pending = torch.tensor([list(begin[:num_read]) for begin in begins])  # (R, T)
    while alive:
        scores = rows.step(pending)  # (R, V)
        best = rules.forbid(scores, [written[row] for row in alive]).argmax(1)  # (R,)
        chosen = scores.gather(1, best[:, None])[:, 0] - scores.logsumexp(1)  # (R,)
        following = best.tolist()
        for place, (row, log_prob) in enumerate(zip(alive, chosen.tolist(), strict=True)):
            if num_read < len(begins[row]):
                following[place] = begins[row][num_read]
                continue
            log_probs[row] += log_prob
            if following[place] in rules.stop_ids:
                done[row] = False
                continue
            written[row].append(following[place])
            if should_stop is not None and should_stop(written[row]):
                done[row] = False
            elif len(written[row]) >= limits[row]:
                done[row] = True
        num_read += 1
        kept = [place for place, row in enumerate(alive) if row not in done]
        if kept and len(kept) < len(alive):
            rows.select(torch.tensor(kept))
        alive = [alive[place] for place in kept]
        pending = torch.tensor([[following[place]] for place in kept])  # (R, 1)
    return [Written(tuple(written[row]), log_probs[row], done[row]) for row in range(len(begins))]
