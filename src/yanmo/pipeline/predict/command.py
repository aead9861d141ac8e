"""The command that asks a tuned model once, to be shown where a run ends and on its page.

In: the model's folder and the kind of its task. Out: a line for the shell, with dots or a made-up
name where the reader's own text or recording stands. Opens no model.
"""

from __future__ import annotations

import shlex
from pathlib import Path

_TEXT = '-p "..."'
_SAID = {
    "questions": f'{_TEXT} --second "..."',
    "similarity": f'{_TEXT} --second "..."',
    "speech": "recording.wav",
}
"""What follows the folder, where that is not one text."""


def predict_command(folder: Path, kind: str, head: str | None = None) -> str:
    """`yanmo predict` as it is called for a task of this kind.

    Args:
        folder: of the model, or of its stage in a run.
        kind: of the task, a `TaskKind`.
        head: the one that is asked, of a model with several.
    """
    parts = ["yanmo predict", shlex.quote(str(folder))]
    if head is not None:
        parts += ["--head", shlex.quote(head)]
    return " ".join([*parts, _SAID.get(kind, _TEXT)])
