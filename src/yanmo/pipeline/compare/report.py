"""`compare/report.json`: what every model cost and how good it became.

Comes in: the results of the candidates. Goes out: one JSON value, the models by bits per byte, the
best first; figures on held-out text come with 95% intervals over documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yanmo.core.errors import YanmoError
from yanmo.evaluation.language_model import ModelKind, evaluate_language_model
from yanmo.evaluation.scorer import Scorer
from yanmo.pipeline.compare.budget import Budget
from yanmo.pipeline.compare.held_out import held_out_documents
from yanmo.pipeline.compare.job import FORMAT_VERSION, Job
from yanmo.pipeline.compare.result_files import RESULT_NAME, StoredScores, read_json
from yanmo.pipeline.recipe import Recipe
from yanmo.tokens.tokenizer import Tokenizer


def build_report(
    recipe: Recipe,
    budget: Budget,
    done: Sequence[Job],
    failures: Mapping[str, YanmoError],
    run_dir: Path,
) -> dict[str, Any]:
    """The report of the jobs that are `done`.

    Raises:
        DataError: there is no text to evaluate on.
        RunError: a model's perplexity is beyond what a float holds.
    """
    tokenizer = Tokenizer.load(run_dir / "tokenizer")
    held_out = held_out_documents(run_dir, recipe.evaluate, tokenizer.vocab_size)
    context = recipe.model.max_seq_len
    folders = {job.name: run_dir / "compare" / job.name for job in done}
    scorers: dict[str, tuple[ModelKind, Scorer]] = {
        job.name: (job.kind, StoredScores(folders[job.name])) for job in done
    }
    evaluated = evaluate_language_model(
        scorers,
        held_out.documents,
        held_out.num_bytes,
        split=recipe.evaluate.split,
        context_tokens=context,
        stride_tokens=min(recipe.evaluate.stride_tokens or max(1, context // 2), context),
    ).report
    models = []
    for figures in evaluated["models"]:
        trained = read_json(folders[figures["name"]] / RESULT_NAME)
        assert trained is not None, "a job that is done has left its result"
        kept = {name: value for name, value in trained.items() if name not in ("key", "score_key")}
        models.append({**kept, **figures})
    models.sort(key=lambda model: float(model["bits_per_byte"]))
    return {
        "format_version": FORMAT_VERSION,
        "run": recipe.name,
        "budget": budget.model_dump(mode="json"),
        "batch_rows": recipe.pretrain.batch_rows,
        "row_tokens": context,
        "seed": recipe.pretrain.seed,
        "vocab_size": tokenizer.vocab_size,
        **{name: evaluated[name] for name in ("split", "documents", "tokens", "bytes")},
        **{name: evaluated[name] for name in ("context_tokens", "stride_tokens")},
        "models": models,
        "differences": evaluated["differences"],
        "failures": [{"name": name, "error": str(error)} for name, error in failures.items()],
    }
