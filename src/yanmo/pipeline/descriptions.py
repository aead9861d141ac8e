"""A line on everything that a recipe can name, in the reader's language; see `parts`."""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.models.config import Family
from yanmo.training.objective_config import ObjectiveName


def describe_family(name: Family) -> str:
    """What a family is made of."""
    return {
        "qwen3": t("decoder: RMSNorm, SwiGLU, grouped heads, QK-norm, rotary positions"),
        "llama": t("decoder: RMSNorm, SwiGLU, grouped heads, rotary positions"),
        "gpt2": t("decoder: LayerNorm, GELU, learned positions"),
        "qwen3_moe": t("decoder: qwen3 with a mixture of experts in every block"),
        "transformer": t("decoder whose norms, positions and feed-forward are yours to set"),
        "glm": t("decoder that fills blanks: two-dimensional positions, a prefix seen whole"),
        "bert": t("encoder: learned positions, segments, a pooler, norms after the sums"),
        "roberta": t("encoder: bert without segments and next sentences"),
        "t5": t("encoder-decoder: relative positions, RMSNorm, no biases"),
        "marian": t("encoder-decoder: the first Transformer, sinusoidal positions, ReLU"),
        "rnn": t("recurrent, plain"),
        "lstm": t("recurrent with a long short-term memory"),
        "gru": t("recurrent with gated units"),
        "cnn": t("causal convolutions with gated linear units"),
        "ffn": t("feed-forward over a few embeddings side by side"),
        "rnn_seq2seq": t("encoder-decoder, recurrent, plain"),
        "lstm_seq2seq": t("encoder-decoder, recurrent, with a long short-term memory"),
        "gru_seq2seq": t("encoder-decoder, recurrent, with gated units"),
    }[name]


def describe_objective(name: ObjectiveName) -> str:
    """What an objective learns."""
    return {
        "causal": t("the next token"),
        "masked": t("hidden tokens, and whether sentences follow each other"),
        "span_corruption": t("spans that were cut out of a text"),
        "blank_infilling": t("spans, from a text that is seen whole"),
        "prefix": t("the next token after a beginning that is seen whole"),
        "infilling": t("the next token, and the middle between a beginning and an end"),
        "seq2seq": t("a target from a source"),
    }[name]


def describe_recipe(name: str) -> str:
    """What a shipped recipe makes; nothing where nobody has said it."""
    return {
        "base_en": t("a small English model, which tasks begin with"),
        "base_zh": t("a small Chinese model, which tasks begin with"),
        "bilingual": t("a corpus of English and Chinese from all that is read, and a small model"),
        "bilingual_vectors": t("word vectors of English and Chinese in one space"),
        "chinese_small": t("Chinese web text, to compare models under one budget"),
        "multi30k_en_de": t("captions of pictures from English to German, from nothing"),
        "python_docs": t("the demo: Python's own documentation, a few minutes on two CPU cores"),
        "ted_en_zh": t("talks from English to Chinese, from nothing"),
        "wikitext": t("WikiText-2, English, to compare models under one budget"),
        "apps/entities": t("your own marked names, found in texts"),
        "apps/questions": t("your own questions, answered from passages or not at all"),
        "apps/sentiment": t("your own texts and their classes"),
        "apps/summaries": t("your own texts, summed up in a length that you say"),
        "apps/translate_csv": t("your own pairs, and a column translated with a glossary"),
        "tasks/chnsenticorp": t("ChnSentiCorp: whether a Chinese review is good"),
        "tasks/cross_lingual": t("reviews learned in one language and asked about in the other"),
        "tasks/csl_titles_zh": t("CSL: titles of Chinese papers from their abstracts"),
        "tasks/dialogsum": t("DialogSum: what was said in an English talk, in short"),
        "tasks/few_examples": t("film reviews from eight examples, shown and learned from"),
        "tasks/keywords_en": t("Inspec: keywords of English papers"),
        "tasks/resume_zh": t("ResumeNER: names, posts and schools of Chinese CVs"),
        "tasks/spoken_digits": t("spoken digits, written down: English, six speakers"),
        "tasks/sst": t("SST-2: whether a film review is good"),
        "tasks/stsb_en": t("STS-B: how alike two English sentences are"),
        "tasks/stsb_zh": t("STS-B: how alike two Chinese sentences are"),
        "tasks/thucnews_titles": t("THUCNews: what a Chinese headline is about"),
        "tasks/wnut17": t("WNUT17: new and rare names in messages"),
        "tasks/xquad_en": t("XQuAD: answers to English questions, found in passages"),
        "tasks/xquad_zh": t("XQuAD: answers to Chinese questions, found in passages"),
    }.get(name, "")


def describe_source(kind: str) -> str:
    """What a source of the corpus reads."""
    return {
        "python_docs": t("the documentation that this Python installation carries"),
        "files": t("files, or folders with everything readable below them"),
        "parallel": t("texts with their translations, sentence by sentence"),
        "questions": t("questions with answers, alone or about a passage"),
        "conversations": t("instructions with responses, and talk of several turns"),
        "social": t("posts of social media"),
    }[kind]


def describe_task(kind: str) -> str:
    """What a kind of task is for."""
    return {
        "choices": t("the right one of several continuations, picked by a prompt"),
        "classification": t("texts, or pairs of texts, into classes: sentiment, topic"),
        "conversations": t("instructions and talk, whose answers are learned"),
        "entities": t("names and other words that are marked in a text"),
        "keywords": t("the words that say what a text is about"),
        "preferences": t("the better one of two answers"),
        "questions": t("answers that stand in a passage, or that there is none"),
        "similarity": t("how alike two texts are, as a number"),
        "speech": t("recordings into the text that is said"),
        "summarisation": t("texts into what they say in short"),
        "text": t("any text: how well a language model foresees it"),
        "translation": t("texts into another language"),
    }[kind]


def describe_optimizer(name: str) -> str:
    """What an optimiser does, and for which parameters."""
    return {
        "muon": t("Muon for the linear layers of the blocks, AdamW for the rest"),
        "adamw": t("AdamW for every parameter"),
        "adam": t("Adam: decay is scaled as the gradient is"),
        "adafactor": t("Adafactor: next to no state, rates relative to the weights"),
        "lion": t("Lion: the sign of a momentum, half of AdamW's state"),
        "sgd": t("gradient descent, with momentum unless it is 0"),
    }[name]


def describe_schedule(name: str) -> str:
    """How a learning rate goes after its warm-up."""
    return {
        "constant": t("stays at the peak"),
        "inverse_sqrt": t("falls with the root of the steps"),
        "step": t("falls by a factor every so many steps"),
        "plateau": t("falls by a factor when the validation loss stops falling"),
        "cosine": t("falls as half a cosine"),
        "linear": t("falls in a straight line"),
        "warmup_stable_decay": t("stays, and falls in a straight line over the last part"),
    }[name]
