"""A real run for the pages Data, Tokenizer and Evaluate: two languages, rejected documents, copies,
personal data, a language model beside its baseline, two tasks. Half a minute, once a session."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.pipeline.finetune.small_tasks import write_task

from yanmo.core.console import Console
from yanmo.pipeline.life import run

ADDRESS = "anna.meyer@gartenpost.org"
LETTER = (
    "We would like to thank everybody who has written to us about the garden this year. The roses"
    " have done well in the warm weather. The pear trees that were planted along the wall have"
    " begun to bear, and the old gate has been painted. Please send your questions to"
    f" {ADDRESS} before the end of the month. We will answer them in the spring. There is more"
    " to be seen then, and less to be done in the house."
)
SHORT = f"Click here to subscribe, or write to {ADDRESS}."
ECHO = "The same line again and again.\nAnd another one that is there once.\n" * 12

RECIPE = """
name = "ink"

[[corpus.sources]]
kind = "files"
name = "pages"
domain = "documentation"
paths = [{pages}]
max_document_characters = 2500

[[corpus.sources]]
kind = "files"
name = "letters"
domain = "letters"
paths = ['{letters}']

[corpus.rules]
preset = "bilingual"

[corpus.duplicates]
near = {{}}

[corpus.split]
validation_frac = 0.08
test_frac = 0.08

[corpus.engine]
workers = 1

[tokenizer]
vocab_size = 800

[model]
family = "qwen3"
depth = 2
d_model = 32
head_dim = 16
max_seq_len = 64

[pretrain]
steps = 6
batch_rows = 4
sample_tokens = 4
schedule = {{ warmup_steps = 1 }}

[evaluate]
max_tokens = 3000

[tasks.mood]
{mood}

[tasks.names]
{names}

[finetune.mood]
epochs = 2
batch_rows = 8

[finetune.mood_again]
task = "mood"
init_from = "scratch"
epochs = 1
batch_rows = 8
seed = 3
[finetune.mood_again.scratch]
family = "text_cnn"
d_model = 16
num_filters = 16

[finetune.names]
init_from = "scratch"
epochs = 4
batch_rows = 8
[finetune.names.scratch]
family = "bilstm"
d_model = 16
d_hidden = 32
"""


def make_ink_run(folder: Path) -> Path:
    """A folder of runs with the run `ink` in it."""
    data = folder / "data"
    data.mkdir(parents=True)
    letters = data / "letters.jsonl"
    rows = [LETTER, SHORT, ECHO, LETTER, LETTER.replace("garden", "orchard")]
    letters.write_text(
        "\n".join(json.dumps({"text": text}) for text in rows) + "\n", encoding="utf-8"
    )
    sections = {
        kind: "\n".join(f"{name} = '{value}'" for name, value in write_task(data, kind).items())
        for kind in ("classification", "entities")
    }
    recipe = data / "ink.toml"
    pages = ", ".join(f"'{REPOSITORY / 'docs' / name}'" for name in ("en", "zh"))
    text = RECIPE.format(
        pages=pages,
        letters=letters,
        mood=sections["classification"],
        names=sections["entities"],
    )
    recipe.write_text(text, encoding="utf-8")
    runs = folder / "runs"
    run(recipe, out=runs / "ink", console=Console(is_quiet=True))
    return runs
