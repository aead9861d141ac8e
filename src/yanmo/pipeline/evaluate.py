"""The evaluate stage: a trained model and a Kneser-Ney baseline on the same held-out documents."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.device import choose_device
from yanmo.core.files import write_json
from yanmo.core.messages import t
from yanmo.evaluation.language_model import (
    ModelKind,
    count_documents_to_take,
    evaluate_language_model,
)
from yanmo.evaluation.results_table import format_results
from yanmo.evaluation.scorer import NgramScorer, Scorer
from yanmo.inference.scoring import CausalScorer
from yanmo.models.kneser_ney import KneserNey
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.objective_evaluation import evaluate_objective
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer


def run_evaluate(context: StageContext) -> StageResult:
    """Score the held-out split, write `report.json` and `samples.parquet`, print the table."""
    config, console = context.recipe.evaluate, context.console
    model_dir = context.run_dir / "pretrain" / "model"
    tokenizer = Tokenizer.load(model_dir)
    model = load_model(model_dir, choose_device(context.recipe.pretrain.device))
    if model.kind != "causal" or model.config.family == "glm":
        return _evaluate_objective(context, model, tokenizer)
    held_out = TokenSplit(context.run_dir / "tokens", config.split, tokenizer.vocab_size)
    held_out.check_content()
    scorer = CausalScorer(
        model,
        eot_id=tokenizer.eos_id,
        stride_tokens=config.stride_tokens,
        batch_rows=config.batch_rows,
    )
    scorers: dict[str, tuple[ModelKind, Scorer]] = {model.config.family: ("neural", scorer)}
    if config.baseline_order is not None:
        console.progress(t("fitting the {order}-gram baseline", order=config.baseline_order))
        train = TokenSplit(context.run_dir / "tokens", "train", tokenizer.vocab_size)
        train.check_content()
        baseline = KneserNey.fit(
            _documents(train),
            vocab_size=tokenizer.vocab_size,
            order=config.baseline_order,
            eot_id=tokenizer.eos_id,
        )
        name = f"Kneser-Ney {config.baseline_order}-gram"
        scorers[name] = ("ngram", NgramScorer(baseline))
    count = count_documents_to_take(np.diff(held_out.document_ends, prepend=0), config.max_tokens)
    console.progress(t("scoring {count:,} held-out {count:document|documents}", count=count))
    evaluation = evaluate_language_model(
        scorers,
        [held_out.document(index).astype(np.int64) for index in range(count)],
        held_out.document_bytes[:count].tolist(),
        split=config.split,
        context_tokens=scorer.context_tokens,
        stride_tokens=scorer.stride_tokens,
    )
    report_path = context.directory / "report.json"
    samples_path = context.directory / "samples.parquet"
    write_json(report_path, evaluation.report)
    pq.write_table(pa.Table.from_pylist(evaluation.samples), samples_path)
    console.end_progress()
    console.note(format_results(evaluation.report))
    return StageResult(
        [report_path, samples_path],
        {name: evaluation.report[name] for name in ("documents", "tokens", "bytes")},
    )


def _evaluate_objective(
    context: StageContext, model: LanguageModel, tokenizer: Tokenizer
) -> StageResult:
    """Of a model that gives no probability to a whole text: how well it does what it learned."""
    console = context.console
    console.progress(t("measuring the objective on held-out rows"))
    report = evaluate_objective(model, tokenizer, context.recipe, context.run_dir / "tokens")
    report_path = context.directory / "report.json"
    write_json(report_path, report)
    console.end_progress()
    console.note(format_results(report))
    return StageResult(
        [report_path], {name: report[name] for name in ("documents", "tokens", "bytes", "targets")}
    )


def _documents(split: TokenSplit) -> Iterator[np.ndarray]:
    for index in range(split.num_documents):
        yield split.document(index)
