"""The settings of the quality rules, and the presets that switch them on.

Comes in: the table `[corpus.rules]` of a recipe. Goes out: frozen models. The defaults are the
published thresholds; `min_` and `max_` name what is kept, and none switches a threshold off. Knows
nothing of how rules are computed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

Documents = Literal["preset", "none", "all", "chinese", "other"]
"""Which documents a rule judges: as the preset says, none, all, those in Chinese or Japanese, or
those in any other language."""

Fraction = Annotated[float, Field(ge=0, le=1)]
Ratio = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]

Preset = Literal["none", "gopher", "c4", "fineweb", "chinese", "bilingual"]


class GopherRepetitionConfig(Config):
    """Text that repeats itself (Rae et al. 2021, table A1)."""

    documents: Documents = "preset"
    """Which documents this rule judges."""
    max_dup_line_frac: Fraction | None = 0.3
    """Lines that are equal to an earlier one, by number."""
    max_dup_para_frac: Fraction | None = 0.3
    """Paragraphs that are equal to an earlier one, by number."""
    max_dup_line_char_frac: Fraction | None = 0.2
    """Lines that are equal to an earlier one, by characters."""
    max_dup_para_char_frac: Fraction | None = 0.2
    """Paragraphs that are equal to an earlier one, by characters."""
    max_top_2_gram_frac: Ratio | None = 0.2
    """The most frequent run of two words, by characters."""
    max_top_3_gram_frac: Ratio | None = 0.18
    """The most frequent run of three words, by characters."""
    max_top_4_gram_frac: Ratio | None = 0.16
    """The most frequent run of four words, by characters."""
    max_duplicated_5_gram_frac: Fraction | None = 0.15
    """Runs of five words that occurred before, by characters."""
    max_duplicated_6_gram_frac: Fraction | None = 0.14
    """Runs of six words that occurred before, by characters."""
    max_duplicated_7_gram_frac: Fraction | None = 0.13
    """Runs of seven words that occurred before, by characters."""
    max_duplicated_8_gram_frac: Fraction | None = 0.12
    """Runs of eight words that occurred before, by characters."""
    max_duplicated_9_gram_frac: Fraction | None = 0.11
    """Runs of nine words that occurred before, by characters."""
    max_duplicated_10_gram_frac: Fraction | None = 0.1
    """Runs of ten words that occurred before, by characters."""


class GopherQualityConfig(Config):
    """Text that does not look like prose (Rae et al. 2021, appendix A.1.1)."""

    documents: Documents = "preset"
    """Which documents this rule judges."""
    min_words: Count | None = 50
    """Words that are not only symbols."""
    max_words: Count | None = 100_000
    """Words that are not only symbols."""
    min_mean_word_length: Ratio | None = 3.0
    """Characters per word that is not only symbols."""
    max_mean_word_length: Ratio | None = 10.0
    """Characters per word that is not only symbols."""
    max_hashes_per_word: Ratio | None = 0.1
    """Hash signs for each word."""
    max_ellipses_per_word: Ratio | None = 0.1
    """Ellipses for each word."""
    max_bullet_line_frac: Fraction | None = 0.9
    """Lines that begin with a bullet or a hyphen."""
    max_ellipsis_line_frac: Fraction | None = 0.3
    """Lines that end in an ellipsis."""
    min_alpha_word_frac: Fraction | None = 0.8
    """Words with at least one letter."""
    symbols_are_words: Literal["preset", "yes", "no"] = "preset"
    """Whether `min_alpha_word_frac` counts words of symbols among the words. datatrove does, and
    so rejects prose with much punctuation; only the preset "bilingual" does not."""
    min_stop_words: Count | None = 2
    """Different words of `stop_words` that occur."""
    stop_words: Annotated[tuple[str, ...], Field(max_length=63)] = (
        "the",
        "be",
        "to",
        "of",
        "and",
        "that",
        "have",
        "with",
    )
    """The words that every text in the language has, written as they occur; for another language
    than English give that language's own."""


class C4Config(Config):
    """Lines that are no prose are dropped, and documents of which too little is left (Raffel et al.
    2020, section 2.2)."""

    documents: Documents = "preset"
    """Which documents this rule judges and edits."""
    lines_end_in_punctuation: Literal["preset", "yes", "no"] = "preset"
    """Drop lines that do not end in one of . ? ! " '; the preset "fineweb" does not."""
    remove_citations: bool = True
    """Take [1], [edit] and [citation needed] out of lines."""
    min_sentences: Count | None = 5
    """Sentences in the lines that are kept."""
    min_words_per_line: Count | None = 3
    """Lines with fewer words (between white space) are dropped."""
    max_word_characters: Count | None = 1000
    """Lines with a longer word (between white space) are dropped."""
    reject_lorem_ipsum: bool = True
    """Reject documents with "lorem ipsum" in a line."""
    drop_javascript_lines: bool = True
    """Drop lines that mention JavaScript."""
    reject_curly_brackets: bool = True
    """Reject documents with an opening curly bracket in a line."""
    drop_policy_lines: bool = True
    """Drop lines about terms of use, privacy and cookies."""


class FineWebQualityConfig(Config):
    """Lists and fragments (Penedo et al. 2024, section 3.6)."""

    documents: Documents = "preset"
    """Which documents this rule judges."""
    min_line_punct_frac: Fraction | None = 0.12
    """Lines whose last character ends a sentence."""
    keep_without_line_punct: bool = False
    """Keep documents in which no line ends so."""
    max_short_line_frac: Fraction | None = 0.67
    """Short lines, by number."""
    short_line_characters: Count = 30
    """A line of at most so many characters is short."""
    max_char_dup_frac: Fraction | None = 0.01
    """Lines that are equal to an earlier one, by characters."""
    max_new_lines_per_word: Ratio | None = 0.3
    """Line feeds for each word."""


class CharactersConfig(Config):
    """What kinds of characters a document consists of, in any language."""

    documents: Documents = "preset"
    """Which documents this rule judges."""
    max_symbol_frac: Fraction | None = 0.4
    """Visible characters that are no letters, digits or underscores."""
    max_digit_frac: Fraction | None = 0.35
    """Visible characters that are digits."""
    max_bullet_line_frac: Fraction | None = 0.9
    """Lines that begin with a bullet of any shape."""
    max_ellipsis_line_frac: Fraction | None = None
    """Lines that end in an ellipsis."""
    max_broken_frac: Fraction | None = 0.01
    """Characters that only a broken encoding writes."""


class ChineseConfig(Config):
    """Chinese prose, judged by its characters and its punctuation."""

    documents: Documents = "preset"
    """Which documents this rule judges."""
    min_han: Count | None = 20
    """Chinese characters; a poem of four lines of five has twenty."""
    min_han_frac: Fraction | None = 0.3
    """Visible characters that are Chinese."""
    max_rare_han_frac: Fraction | None = 0.1
    """Chinese characters that are neither in GB 2312 nor frequent in Big5: mojibake is full of
    them. Not asked of texts with fewer than 50 Chinese characters."""
    min_function_frac: Fraction | None = 0.05
    """Chinese characters that hold sentences together, such as 的 and 之. Not asked of texts with
    fewer than 50 Chinese characters."""
    min_characters_per_mark: Ratio | None = 2.5
    """Letters and digits for each mark such as a comma or full stop."""
    max_characters_per_pause: Ratio | None = 80.0
    """Letters and digits for each such mark, or space that stands for one between Chinese
    characters."""
    max_unpunctuated_frac: Fraction | None = 0.6
    """Letters and digits in lines without any such pause."""
    max_half_width_frac: Fraction | None = None
    """Of the punctuation in Chinese, what is written half-width (ASCII)."""
    min_classical_frac: Fraction | None = None
    """Of the function characters that tell them apart, those of classical Chinese."""
    max_classical_frac: Fraction | None = None
    """Of the function characters that tell them apart, those of classical Chinese."""
    max_dup_line_frac: Fraction | None = 0.3
    """Lines that are equal to an earlier one, by number."""
    max_dup_para_frac: Fraction | None = 0.3
    """Paragraphs that are equal to an earlier one, by number."""
    max_dup_line_char_frac: Fraction | None = 0.2
    """Lines that are equal to an earlier one, by characters."""
    max_dup_para_char_frac: Fraction | None = 0.2
    """Paragraphs that are equal to an earlier one, by characters."""
    max_top_4_character_frac: Ratio | None = 0.25
    """The most frequent run of four characters that occurs at least three times."""
    max_top_6_character_frac: Ratio | None = 0.25
    """The most frequent run of six characters that occurs at least three times."""
    max_top_8_character_frac: Ratio | None = 0.25
    """The most frequent run of eight characters that occurs at least three times."""
    max_duplicated_8_character_frac: Fraction | None = 0.25
    """Runs of eight characters that occurred before."""
    max_duplicated_10_character_frac: Fraction | None = 0.22
    """Runs of ten characters that occurred before."""
    max_duplicated_12_character_frac: Fraction | None = 0.2
    """Runs of twelve characters that occurred before."""
    max_duplicated_14_character_frac: Fraction | None = 0.18
    """Runs of fourteen characters that occurred before."""
    max_duplicated_16_character_frac: Fraction | None = 0.16
    """Runs of sixteen characters that occurred before."""


class BoilerplateConfig(Config):
    """Navigation, advertising and legal notices, known by their phrases."""

    documents: Documents = "preset"
    """Which documents this rule judges."""
    max_boilerplate_frac: Fraction | None = 0.3
    """Visible characters in lines that mostly consist of such phrases."""
    min_line_cover_frac: Fraction = 0.4
    """A line counts when phrases cover at least this share of its visible characters."""
    extra_phrases: tuple[str, ...] = ()
    """More phrases, beside those that are built in."""


class WordListConfig(Config):
    """A list of words or phrases that must not be frequent."""

    path: Annotated[str, Field(min_length=1)]
    """A text file with a word or phrase on each line; empty lines and lines beginning with # are
    passed over. Case does not matter in ASCII; words of alphabets match whole words only."""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "word_list"
    """The reason under which documents are rejected."""
    documents: Literal["all", "chinese", "other"] = "all"
    """Which documents the list is held against."""
    max_hits: Count | None = None
    """How often words of the list may occur."""
    max_frac: Fraction | None = None
    """What share of the visible characters words of the list may cover."""

    @model_validator(mode="after")
    def _something_is_asked(self) -> WordListConfig:
        if self.max_hits is None and self.max_frac is None:
            raise ValueError(t("give max_hits or max_frac, or the list has no effect"))
        return self


class RulesConfig(Config):
    """Which documents are good enough to keep."""

    preset: Preset = "none"
    """Which rules are on: the published sets "gopher", "c4" and "fineweb" for all documents,
    "chinese" for all documents, or "bilingual", which judges Chinese by the Chinese rules and
    everything else by FineWeb's. Each rule can be switched and set below."""

    min_characters: Count | None = 1
    """Documents with fewer characters are rejected; the default rejects empty ones."""

    max_characters: Count | None = None
    """Documents with more characters are rejected."""

    gopher_repetition: GopherRepetitionConfig = GopherRepetitionConfig()
    """Text that repeats itself."""

    gopher_quality: GopherQualityConfig = GopherQualityConfig()
    """Text that does not look like prose."""

    characters: CharactersConfig = CharactersConfig()
    """Kinds of characters, in any language."""

    chinese: ChineseConfig = ChineseConfig()
    """Chinese prose."""

    boilerplate: BoilerplateConfig = BoilerplateConfig()
    """Navigation, advertising and legal notices."""

    c4: C4Config = C4Config()
    """Drops lines, and documents of which too little is left."""

    fineweb_quality: FineWebQualityConfig = FineWebQualityConfig()
    """Lists and fragments."""

    word_lists: tuple[WordListConfig, ...] = ()
    """Words that must not be frequent."""

    def documents_of(self, rule: str) -> Literal["none", "all", "chinese", "other"]:
        """Which documents a rule judges, after the preset has been asked."""
        documents: Documents = getattr(self, rule).documents
        return PRESETS[self.preset].get(rule, "none") if documents == "preset" else documents

    @property
    def lines_must_end_in_punctuation(self) -> bool:
        """Whether C4 drops lines without punctuation at their end."""
        asked = self.c4.lines_end_in_punctuation
        return self.preset not in ("fineweb", "bilingual") if asked == "preset" else asked == "yes"

    @property
    def symbols_are_words(self) -> bool:
        """Whether Gopher's share of alphabetic words is one of all words, symbols included."""
        asked = self.gopher_quality.symbols_are_words
        return self.preset != "bilingual" if asked == "preset" else asked == "yes"

    @model_validator(mode="after")
    def _settings_have_an_effect(self) -> RulesConfig:
        for rule in RULES:
            section = getattr(self, rule)
            if section == type(section)() or section.documents != "preset":
                continue
            if self.documents_of(rule) == "none":
                raise ValueError(
                    t(
                        'the rule {rule} has settings but is off: give it documents = "all" or '
                        "name a preset that has it",
                        rule=rule,
                    )
                )
        return self


RULES = (
    "gopher_repetition",
    "gopher_quality",
    "characters",
    "chinese",
    "boilerplate",
    "c4",
    "fineweb_quality",
)
"""The rules that a preset may switch on, in the order in which they run."""

_FINEWEB = ("gopher_repetition", "gopher_quality", "c4", "fineweb_quality")
_CHINESE = ("characters", "chinese", "boilerplate")

PRESETS: dict[Preset, dict[str, Literal["all", "chinese", "other"]]] = {
    "none": {},
    "gopher": {"gopher_repetition": "all", "gopher_quality": "all"},
    "c4": {"c4": "all"},
    "fineweb": dict.fromkeys(_FINEWEB, "all"),
    "chinese": dict.fromkeys(_CHINESE, "all"),
    "bilingual": {
        **dict.fromkeys(_FINEWEB, "other"),
        "characters": "all",
        "chinese": "chinese",
        "boilerplate": "all",
    },
}
"""Which documents each rule judges under a preset; a rule that is not named is off."""
