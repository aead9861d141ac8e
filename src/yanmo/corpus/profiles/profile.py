"""One call that prepares a text for a purpose and shows every step.

Comes in: a text, the name of a profile, options. Goes out: what each step was given and what it
gave. What harms a purpose is refused with the reason: a language model learns the punctuation, the
function words and the endings of a language from its text, so they cannot be taken out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.core.text_width import cut_to_width
from yanmo.corpus.folding.fold import fold
from yanmo.corpus.normalise import clean, repair_mojibake
from yanmo.corpus.profiles import bag_of_words, social
from yanmo.corpus.profiles.config import PrepareOptions, SocialTextConfig
from yanmo.corpus.profiles.pairs import clean_pair

Profile = Literal["lm", "bow", "seq2seq", "social"]
"""Language model; bag of words; pairs of texts; social posts for a language model."""

PROFILES: tuple[Profile, ...] = get_args(Profile)
"""The names of all profiles."""

WORD_SEPARATOR = " | "
"""What stands between words where a step gives words."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One step of a profile.

    Args:
        step: its name.
        before: the text it was given.
        after: the text it gave.
        note: what else there is to say, such as the reason why a pair is dropped.
    """

    step: str
    before: str
    after: str
    note: str | None = None


def prepare(text: str, profile: Profile, options: PrepareOptions | None = None) -> list[Shown]:
    """Prepare `text`; the last step's `after` is the result.

    Args:
        text: any text; for `seq2seq` the two sides with a tab, or else a line end, between them.
        profile: what the text is for.
        options: None leaves everything to the profile.

    Raises:
        ConfigError: the options ask for what harms the purpose, or a file they name is unreadable.
    """
    options = options or PrepareOptions()
    if profile == "bow":
        return _bag_of_words(text, options)
    _refuse_what_harms(profile, options)
    if profile == "seq2seq":
        return _pair(text, options)
    trail = _Trail(text)
    trail.take("clean_text", clean)
    trail.take("repair_mojibake", repair_mojibake)
    if not options.folding.changes_nothing:
        trail.take("fold_chinese", lambda given: fold(given, options.folding))
    if profile == "social":
        _take_social_steps(trail, options.social)
    return trail.steps


def words_of(text: str, options: PrepareOptions | None = None) -> list[str]:
    """The words that the profile `bow` leaves of `text`, in order."""
    return _bag_of_words_trail(text, options or PrepareOptions()).words


def show_lines(steps: Sequence[Shown], width: int = 80) -> list[str]:
    """The steps as lines for a terminal, each at most `width` cells wide.

    A step that changed nothing is one line; any other shows what it was given and what it gave.
    """
    lines: list[str] = []
    for step in steps:
        note = f" ({step.note})" if step.note else ""
        if step.before == step.after:
            lines.append(t("{where}: {what}", where=step.step, what=t("unchanged")) + note)
            continue
        lines.append(f"{step.step}{note}")
        lines += [_shown("- ", step.before, width), _shown("+ ", step.after, width)]
    return [cut_to_width(line, width) for line in lines]


class _Trail:
    """A text on its way through the steps."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[str] = []
        self.steps: list[Shown] = []

    def take(self, name: str, step: Callable[[str], str]) -> None:
        """Apply a step to the text."""
        after = step(self.text)
        self.steps.append(Shown(name, self.text, after))
        self.text = after

    def take_words(self, name: str, words: list[str]) -> None:
        """Note what a step has made of the words."""
        after = WORD_SEPARATOR.join(words)
        self.steps.append(Shown(name, self.text, after))
        self.text, self.words = after, words


def _bag_of_words(text: str, options: PrepareOptions) -> list[Shown]:
    return _bag_of_words_trail(text, options).steps


def _bag_of_words_trail(text: str, options: PrepareOptions) -> _Trail:
    """Clean, fold, cut, thin out, stem: in this order, because each needs the one before."""
    config = options.bag_of_words
    trail = _Trail(text)
    trail.take("clean_text", clean)
    trail.take("repair_mojibake", repair_mojibake)
    trail.take("fold", lambda given: bag_of_words.fold_words(given, config))
    trail.take_words("segment", bag_of_words.cut_words(trail.text, config))
    if options.drop_punctuation is not False:
        trail.take_words("drop_punctuation", bag_of_words.drop_marks(trail.words))
    if config.drop_numbers:
        trail.take_words("drop_numbers", bag_of_words.drop_numbers(trail.words))
    if options.drop_stop_words is not False:
        trail.take_words("drop_stop_words", bag_of_words.drop_stop_words(trail.words, config))
    if options.stem is not False:
        trail.take_words("stem", bag_of_words.stem_words(trail.words, config))
    return trail


def _take_social_steps(trail: _Trail, config: SocialTextConfig) -> None:
    """The steps of `social.social_text`, one by one."""
    trail.take("urls", lambda text: social.handle_urls(text, config.urls))
    trail.take("reposts", lambda text: social.handle_reposts(text, config.reposts))
    trail.take("users", lambda text: social.handle_users(text, config.users))
    trail.take("tags", lambda text: social.handle_tags(text, config.tags))
    trail.take("emoji", lambda text: social.handle_emoji(text, config.emoji))
    trail.take("tidy_spaces", social.tidy_spaces)


def _pair(text: str, options: PrepareOptions) -> list[Shown]:
    """Split, repair, fold, clean and judge a pair."""
    source, tab, target = text.partition("\t")
    if not tab:
        source, _, target = text.partition("\n")
    trail = _Trail(text)
    trail.take("split_pair", lambda _: f"{source}\t{target}")
    trail.take("repair_mojibake", repair_mojibake)
    if not options.folding.changes_nothing:
        trail.take("fold_chinese", lambda given: fold(given, options.folding))
    source, _, target = trail.text.partition("\t")
    pair = clean_pair(source, target, options.pairs)
    trail.take("clean_pair", lambda _: f"{pair.source}\t{pair.target}")
    if pair.reason is None:
        trail.take("judge_pair", str)
    else:
        trail.steps.append(Shown("judge_pair", trail.text, "", note=pair.reason))
    return trail.steps


def _refuse_what_harms(profile: Profile, options: PrepareOptions) -> None:
    """Say no to taking parts of the language out of text that a model is to learn from."""
    if options.drop_stop_words:
        what = t("the profile {profile} does not drop stop words", profile=profile)
        why = t("function words are most of every sentence, and a model must learn to write them")
    elif options.drop_punctuation:
        what = t("the profile {profile} does not drop punctuation", profile=profile)
        why = t("a model learns from punctuation where sentences and clauses end")
    elif options.stem:
        what = t("the profile {profile} does not stem words", profile=profile)
        why = t("endings are grammar, and a model must learn to write them")
    else:
        return
    hint = t("For counting words, key words or search, take the profile bow.")
    raise ConfigError(what, why=why, hint=hint)


def _shown(mark: str, text: str, width: int) -> str:
    """A text on one line, cut to the width, with a sign where it was cut."""
    line = mark + text.replace("\n", "⏎").replace("\t", "⇥")
    cut = cut_to_width(line, width)
    return cut if cut == line else cut_to_width(line, width - 1) + "…"
