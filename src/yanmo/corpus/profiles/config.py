"""The settings of the preparation profiles.

Comes in: tables of a recipe, or options on the command line. Goes out: frozen models. Knows nothing
of how text is prepared.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.corpus.folding.config import FoldingConfig

Handling = Literal["keep", "placeholder", "drop"]
"""What becomes of something in a text: it stays, a name for it stands there, or it goes."""


Language = Literal["en", "zh"]
_LANGUAGES: list[Language] = ["en", "zh"]


class SocialTextConfig(Config):
    """What becomes of the marks of social posts. Placeholders are `<USER_NAME>`, `<URL>`, `<TAG>`
    and `<EMOJI>`."""

    users: Handling = "placeholder"
    """Names such as @somebody and @某人. E-mail addresses are not names."""

    urls: Handling = "placeholder"
    """Web addresses, with or without http."""

    tags: Handling = "keep"
    """Topics: #话题# as Weibo writes them, and #tag. `drop` takes the words of the topic away too;
    what belongs to the sentence is better kept."""

    emoji: Handling = "keep"
    """Emoji, also those of several parts (families, flags, skin tones), and Weibo's [哈哈]."""

    reposts: Literal["keep", "cut", "drop"] = "keep"
    """Reposts: `//@name:` and what follows, or RT @name: at the beginning. `cut` keeps only what
    the poster added before `//@`, and takes the mark RT away; `drop` takes only the marks away."""


class BagOfWordsConfig(Config):
    """How text becomes words that are counted."""

    languages: Annotated[list[Language], Field(min_length=1)] = Field(
        default_factory=lambda: _LANGUAGES.copy()
    )
    """Whose stop words are dropped and whose words are stemmed."""

    simplify: bool = True
    """Write traditional characters as simplified ones. Chinese has no endings to cut off; this and
    the folding of variants is what makes its forms of a word one."""

    segmenter: Literal["jieba", "learned"] = "jieba"
    """What cuts Chinese into words: jieba, or a segmenter learned from segmented text."""

    segmenter_path: str | None = None
    """The file of the learned segmenter."""

    drop_numbers: bool = False
    """Drop numbers."""

    stop_words_path: str | None = None
    """A text file with one stop word a line, in place of the list of the package stopwordsiso."""

    stemmer: Literal["english", "porter"] = "english"
    """`english` is Snowball's improvement of Porter's stemmer of 1980, which is `porter`."""

    @model_validator(mode="after")
    def _path_has_an_effect(self) -> BagOfWordsConfig:
        if (self.segmenter == "learned") != (self.segmenter_path is not None):
            raise ValueError(t('segmenter = "learned" and segmenter_path go together'))
        return self


class PairConfig(Config):
    """Which pairs of sentences are kept for training a translator or another text-to-text model."""

    max_length_ratio: Annotated[float, Field(ge=1)] | None = 3.0
    """The longer side may have this many times the length of the shorter one. Length is counted in
    words, for Chinese and Japanese in characters times 0.6. None turns the rule off."""

    min_units: Annotated[int, Field(ge=0)] = 1
    """The least length of each side."""

    max_units: Annotated[int, Field(ge=1)] | None = 250
    """The greatest length of each side. None turns the rule off."""

    drop_copies: bool = True
    """Drop pairs whose two sides are the same."""


class PrepareOptions(Config):
    """What a profile is to do; what is None is left to the profile."""

    drop_punctuation: bool | None = None
    """Drop punctuation marks and symbols. Only the profile `bow` does, and does by default."""

    drop_stop_words: bool | None = None
    """Drop stop words such as "the" and 的. Only the profile `bow` does, and does by default."""

    stem: bool | None = None
    """Cut endings off English words. Only the profile `bow` does, and does by default."""

    folding: FoldingConfig = FoldingConfig()
    """Which spellings of Chinese become one, in the profiles `lm`, `seq2seq` and `social`."""

    bag_of_words: BagOfWordsConfig = BagOfWordsConfig()
    """The rest of the profile `bow`."""

    pairs: PairConfig = PairConfig()
    """Which pairs the profile `seq2seq` keeps."""

    social: SocialTextConfig = SocialTextConfig()
    """What the profile `social` does with names, addresses, topics, emoji and reposts."""
