"""Learning a vocabulary from text.

In: texts. Out: a `Tokenizer` of exactly the size asked for (unless less will do), the same one for
the same texts, byte for byte. Does not know where texts come from or where the tokenizer is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from tokenizers import pre_tokenizers, processors, trainers

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.byte_level import build_untrained_tokenizer
from yanmo.tokens.special import END_OF_TEXT, SPECIAL_TOKENS, sentinel_token
from yanmo.tokens.tokenizer import Tokenizer

NUM_BYTES = 256
# Pieces that are chosen or passed over when only part of the text is used. Small enough that a
# single long book is sampled evenly too.
PIECE_CHARACTERS = 4096
# A pair that occurs once saves one token in the whole corpus and teaches nothing about other text.
MIN_PAIR_COUNT = 2


def train_tokenizer(
    texts: Iterable[str],
    vocab_size: int,
    num_sentinels: int = 0,
    *,
    is_upper_bound: bool = False,
) -> Tokenizer:
    """Learn a byte-level BPE vocabulary (Sennrich et al. 2016, on bytes as in GPT-2).

    Args:
        texts: the text to learn from; surrogates must not occur.
        vocab_size: entries wanted, the 256 bytes, the special tokens and the sentinels included.
        num_sentinels: sentinels `<|extra_0|>` and on, behind the special tokens.
        is_upper_bound: whether a smaller vocabulary will do where the text supports no larger one.

    Raises:
        DataError: there is no text, or too little for `vocab_size` entries.
    """
    specials = [*SPECIAL_TOKENS, *map(sentinel_token, range(num_sentinels))]
    backend = build_untrained_tokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(specials),
        min_frequency=MIN_PAIR_COUNT,
        show_progress=False,
        # All 256 bytes, whether the text has them or not; and special tokens come later, so that
        # learned ids start at 256 and follow the order in which they were learned.
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
    )
    backend.train_from_iterator(_in_lists(texts), trainer=trainer)
    backend.add_special_tokens(specials)
    found = backend.get_vocab_size(with_added_tokens=True)
    if not is_upper_bound or found <= NUM_BYTES + len(specials):
        _check_size(found, vocab_size, len(specials))
    # Stored documents begin with the end-of-text token. Other tools that encode with special
    # tokens thus give the model the beginning that it was trained on.
    backend.post_processor = processors.TemplateProcessing(
        single=f"{END_OF_TEXT} $A",
        pair=f"{END_OF_TEXT} $A $B:1",
        special_tokens=[(END_OF_TEXT, backend.token_to_id(END_OF_TEXT))],
    )
    return Tokenizer(backend)


def sample_text(
    documents: Iterable[tuple[str, str]], total_bytes: int, max_bytes: int | None
) -> Iterator[str]:
    """Texts of `(id, text)` documents, thinned evenly to about `max_bytes` of `total_bytes`.

    Documents are cut into pieces, and the hash of the document's id and the place of the piece
    decides: the choice depends on nothing else, and hits every source in proportion.
    """
    if max_bytes is None or total_bytes <= max_bytes:
        for _, text in documents:
            yield text
        return
    threshold = max_bytes * 2**64 // total_bytes
    for document_id, text in documents:
        for start in range(0, len(text), PIECE_CHARACTERS):
            digest = hashlib.blake2b(f"{document_id}:{start}".encode(), digest_size=8).digest()
            if int.from_bytes(digest, "little") < threshold:
                yield text[start : start + PIECE_CHARACTERS]


def _in_lists(texts: Iterable[str], size: int = 1000) -> Iterator[list[str]]:
    """`texts` in lists: the trainer counts the words of one list in parallel."""
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _check_size(found: int, wanted: int, num_special: int) -> None:
    """Refuse a vocabulary that came out smaller than it was asked for."""
    if found == wanted:
        return
    if found <= NUM_BYTES + num_special:
        raise DataError(
            t("there is no text to learn a vocabulary from"),
            why=t("no pair of bytes occurs twice in the train split"),
            hint=t("Give the corpus more text."),
        )
    raise DataError(
        t(
            "the text supports a vocabulary of {found} entries, not {wanted}",
            found=found,
            wanted=wanted,
        ),
        where="tokenizer.vocab_size",
        why=t("no pair that is left occurs twice"),
        hint=t("Set tokenizer.vocab_size={found}, or give the corpus more text.", found=found),
    )
