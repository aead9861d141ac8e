"""The tokenizer of a model folder that other software wrote, from whichever files it has.

In: a folder on disk. Out: a tokenizer. Reads `tokenizer.json`, SentencePiece models (T5, Llama,
Marian), `vocab.txt` (BERT) or `vocab.json` with `merges.txt` (GPT-2, RoBERTa, Qwen 2); runs nothing
that a folder holds, and asks no network.
"""

from __future__ import annotations

from pathlib import Path

import tokenizers
from tokenizers import (
    AddedToken,
    Regex,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.byte_level import SPLIT_PATTERN
from yanmo.tokens.marian_tokenizer import MarianTokenizer
from yanmo.tokens.outside_files import damaged, read_merges, read_text, read_vocabulary
from yanmo.tokens.outside_specials import FolderFacts, outside_ids, read_folder_facts
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.tokens.sentencepiece_file import (
    SentencePieceModel,
    build_backend,
    convert_hint,
    read_sentencepiece,
)

# Families by the class of their tokenizer or the type of their model.
T5_KINDS = {"t5", "mt5", "umt5"}
LLAMA_KINDS = {"llama", "codellama", "mistral", "mixtral", "gemma", "gemma2"}
ROBERTA_KINDS = {"roberta", "bart", "longformer", "led"}
QWEN_KINDS = {"qwen2", "qwen2_moe", "qwen3", "qwen3_moe"}
SENTENCEPIECE_NAMES = ("spiece.model", "tokenizer.model")

WORDPIECE_NAMES = {
    "unk": "[UNK]",
    "sep": "[SEP]",
    "pad": "[PAD]",
    "cls": "[CLS]",
    "mask": "[MASK]",
}
ROBERTA_NAMES = {
    "bos": "<s>",
    "eos": "</s>",
    "cls": "<s>",
    "sep": "</s>",
    "unk": "<unk>",
    "pad": "<pad>",
    "mask": "<mask>",
}
GPT2_NAMES = {"bos": "<|endoftext|>", "eos": "<|endoftext|>", "unk": "<|endoftext|>"}
QWEN_NAMES = {"eos": "<|endoftext|>", "pad": "<|endoftext|>"}
T5_NAMES = {"eos": "</s>", "unk": "<unk>", "pad": "<pad>"}
LLAMA_NAMES = {"bos": "<s>", "eos": "</s>", "unk": "<unk>"}


def read_outside_folder(
    directory: Path, backend: tokenizers.Tokenizer | None
) -> OutsideTokenizer | MarianTokenizer:
    """Open the tokenizer of a folder.

    Args:
        directory: a model's folder or a tokenizer's own.
        backend: its parsed `tokenizer.json`, where it has one.

    Raises:
        DataError: there is no tokenizer, it is damaged, or of a kind that is not read.
    """
    facts = read_folder_facts(directory)
    if backend is not None:
        return _finish(backend, facts, {}, directory / "tokenizer.json")
    if (directory / "source.spm").is_file():
        return MarianTokenizer.load(directory, facts)
    for name in SENTENCEPIECE_NAMES:
        if (directory / name).is_file():
            return _from_sentencepiece(directory / name, facts)
    if (directory / "vocab.txt").is_file():
        return _from_wordpiece(directory / "vocab.txt", facts)
    if (directory / "vocab.json").is_file() and (directory / "merges.txt").is_file():
        return _from_byte_pairs(directory, facts)
    raise DataError(
        t("there is no tokenizer here"),
        where=str(directory),
        why=t(
            "no tokenizer.json, spiece.model, tokenizer.model, source.spm, vocab.txt,"
            " or vocab.json with merges.txt"
        ),
        hint=t("Name the folder of a trained tokenizer or model, or train one first."),
    )


def _from_sentencepiece(path: Path, facts: FolderFacts) -> OutsideTokenizer:
    """T5 puts `</s>` behind a text, Llama `<s>` before it; of others the convention is unknown."""
    model = read_sentencepiece(path)
    if facts.kind in T5_KINDS:
        backend = build_backend(model, sentinels=_sentinels(facts), where=str(path))
        return _finish(backend, facts, T5_NAMES, path, template=("", "eos"))
    if facts.kind in LLAMA_KINDS or (not facts.kind and path.name == "tokenizer.model"):
        backend = build_backend(model, sentinels=[], where=str(path))
        template = (
            "bos" if facts.flag("add_bos_token", True) else "",
            "eos" if facts.flag("add_eos_token", False) else "",
        )
        return _finish(backend, facts, _names_of(model), path, template=template)
    raise DataError(
        t("a SentencePiece model of family '{name}' is not read here", name=facts.kind),
        where=str(path),
        hint=convert_hint(),
    )


def _names_of(model: SentencePieceModel) -> dict[str, str]:
    """The spellings that the model file itself gives its special pieces."""
    found = {
        "bos": model.piece_of(model.bos_id),
        "eos": model.piece_of(model.eos_id),
        "unk": model.piece_of(model.unk_id),
    }
    return LLAMA_NAMES | {role: name for role, name in found.items() if name is not None}


def _sentinels(facts: FolderFacts) -> list[str]:
    """T5's sentinels stand behind the pieces, the highest number first."""
    count = facts.settings.get("extra_ids", 100)
    return [f"<extra_id_{n}>" for n in reversed(range(count if isinstance(count, int) else 100))]


def _from_wordpiece(path: Path, facts: FolderFacts) -> OutsideTokenizer:
    """BERT's tokenizer (Devlin et al. 2019): words and single Chinese characters, then pieces."""
    entries = read_text(path).removesuffix("\n").split("\n")
    vocabulary = {entry.rstrip("\r"): id for id, entry in enumerate(entries)}
    names = WORDPIECE_NAMES | facts.names
    if names["unk"] not in vocabulary:
        raise DataError(
            t("the vocabulary has no token for unknown words, {token}", token=names["unk"]),
            where=str(path),
            why=t("the file is damaged, or of another tokenizer"),
        )
    backend = tokenizers.Tokenizer(models.WordPiece(vocabulary, unk_token=names["unk"]))
    strip_accents = facts.settings.get("strip_accents")
    backend.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=facts.flag("tokenize_chinese_chars", True),
        strip_accents=strip_accents if isinstance(strip_accents, bool) else None,
        lowercase=facts.flag("do_lower_case", True),
    )
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece(prefix="##")
    return _finish(backend, facts, WORDPIECE_NAMES, path, template=("cls", "sep"))


def _from_byte_pairs(directory: Path, facts: FolderFacts) -> OutsideTokenizer:
    """GPT-2's byte-level BPE (Radford et al. 2019), with the surroundings of its family."""
    path = directory / "vocab.json"
    vocabulary = read_vocabulary(path)
    if any(entry.endswith(("</w>", "@@")) for entry in vocabulary):
        raise DataError(
            t("this byte-pair vocabulary is not byte-level"),
            where=str(path),
            hint=convert_hint(),
        )
    merges = read_merges(directory / "merges.txt")
    try:
        backend = tokenizers.Tokenizer(models.BPE(vocabulary, merges))
    except Exception as error:  # the library raises nothing more precise
        raise damaged(directory / "merges.txt", str(error)) from error
    is_qwen = facts.kind in QWEN_KINDS
    has_prefix_space = facts.flag("add_prefix_space", False)
    if is_qwen:
        backend.normalizer = normalizers.NFC()
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=has_prefix_space, use_regex=False),
            ]
        )
    else:
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=has_prefix_space)
    backend.decoder = decoders.ByteLevel()
    if facts.kind in ROBERTA_KINDS:
        return _finish(backend, facts, ROBERTA_NAMES, path, template=("cls", "sep"))
    template = (
        "bos" if facts.flag("add_bos_token", False) else "",
        "eos" if facts.flag("add_eos_token", False) else "",
    )
    names = QWEN_NAMES if is_qwen else GPT2_NAMES
    return _finish(backend, facts, names, path, template=template)


def _finish(
    backend: tokenizers.Tokenizer,
    facts: FolderFacts,
    usual_names: dict[str, str],
    path: Path,
    *,
    template: tuple[str, str] | None = None,
) -> OutsideTokenizer:
    """Make the special tokens special, set what surrounds a text, and wrap the backend.

    Args:
        usual_names: spellings by role where no file names them.
        template: the roles before and behind a text, an empty name for none; None keeps the
            backend's own.
    """
    null = {role for role in usual_names if f"{role}_token" in facts.settings}
    names = {r: n for r, n in usual_names.items() if r not in null} | facts.names
    _add_listed(backend, facts, path)
    vocabulary = backend.get_vocab(with_added_tokens=True)
    listed = [name for name in (*names.values(), *facts.extra) if name in vocabulary]
    if template is not None:
        # Plain vocabulary files leave these out, and their ids follow. Where tokenizer.json leaves
        # one out, an id for it would be one that no model knows.
        listed += [name for name in (*facts.names.values(), *facts.extra) if name not in vocabulary]
    backend.add_special_tokens([AddedToken(name, normalized=False) for name in listed])
    vocabulary = backend.get_vocab(with_added_tokens=True)
    if template is not None:
        _set_template(backend, [names.get(role) for role in template], vocabulary)
    named = FolderFacts(**(vars(facts) | {"names": names}))
    special = outside_ids(named, vocabulary)
    return OutsideTokenizer(backend, special, where=str(path))


def _add_listed(backend: tokenizers.Tokenizer, facts: FolderFacts, path: Path) -> None:
    """Add the tokens that stand beside the vocabulary, each with the id that the files give it."""
    vocabulary = backend.get_vocab(with_added_tokens=True)
    for token_id, (name, is_special) in facts.added.items():
        if name not in vocabulary:
            token = AddedToken(name, normalized=False, special=is_special)
            add = backend.add_special_tokens if is_special else backend.add_tokens
            add([token])
            if backend.token_to_id(name) != token_id:
                raise DataError(
                    t(
                        "the added token {token} should have id {id}, and {found} is the next one",
                        token=name,
                        id=token_id,
                        found=backend.token_to_id(name),
                    ),
                    where=str(path),
                    why=t("the file is damaged, or of another tokenizer"),
                )
        elif is_special:
            backend.add_special_tokens([AddedToken(name, normalized=False)])


def _set_template(
    backend: tokenizers.Tokenizer, around: list[str | None], vocabulary: dict[str, int]
) -> None:
    before, behind = (name if name in vocabulary else None for name in around)
    parts = [name for name in (before, "$A", behind) if name is not None]
    special = {name: vocabulary[name] for name in parts if name != "$A"}
    if special:
        backend.post_processor = processors.TemplateProcessing(
            single=parts, pair=[*parts, "$B:1"], special_tokens=list(special.items())
        )
