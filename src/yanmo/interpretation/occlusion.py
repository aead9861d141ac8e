"""What the answer's score loses when a token is taken away (Zeiler and Fergus 2014; Li et al.
2016).

In: a question. Out: one number for each token. Special tokens are never taken away and have 0.
"""

from __future__ import annotations

import torch

from yanmo.interpretation.question import Question, Removal


def occlude(question: Question, removal: Removal = "auto") -> torch.Tensor:
    """(n,), score of the whole text less score without the token."""
    num_tokens = len(question.tokens)
    kept = torch.cat(
        [torch.ones(1, num_tokens, dtype=torch.bool), ~torch.eye(num_tokens, dtype=torch.bool)]
    )
    scores = question.evaluate(kept, removal).scores
    return (scores[0] - scores[1:]).masked_fill(~question.is_removable, 0.0)
