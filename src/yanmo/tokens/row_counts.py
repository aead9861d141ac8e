"""What became of texts on their way into rows: read whole, in windows, or cut; told aloud."""

from __future__ import annotations

from dataclasses import dataclass, fields

from yanmo.core.messages import t


@dataclass(frozen=True)
class RowCounts:
    """Counts of texts and tokens; tokens are those of the texts, without special ones.

    Attributes:
        num_texts: items: texts, pairs, sentences, or questions with their passages.
        num_rows: rows that they became.
        num_tokens: all their tokens, each once.
        num_cut_texts: items of which not everything is read.
        num_cut_tokens: tokens that no row has.
        num_texts_in_windows: items that are more than one row.
        num_words: words of sentences that were given as words.
        num_words_without_token: words for which the tokenizer has nothing; they carry no tag.
        num_cut_words: words with tokens, none of which is in a row.
    """

    num_texts: int = 0
    num_rows: int = 0
    num_tokens: int = 0
    num_cut_texts: int = 0
    num_cut_tokens: int = 0
    num_texts_in_windows: int = 0
    num_words: int = 0
    num_words_without_token: int = 0
    num_cut_words: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        names = [field.name for field in fields(self)]
        return RowCounts(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def warnings(self) -> list[str]:
        """What a person should know before trusting a result: a sentence for each kind of loss."""
        found = []
        if self.num_cut_texts:
            found.append(
                t(
                    "{cut:,} of {texts:,} texts are longer than a row: {tokens:,} of"
                    " {all_tokens:,} tokens ({percent:.1f}%) are not read",
                    cut=self.num_cut_texts,
                    texts=self.num_texts,
                    tokens=self.num_cut_tokens,
                    all_tokens=self.num_tokens,
                    percent=100 * self.num_cut_tokens / self.num_tokens,
                )
            )
        if self.num_cut_words:
            found.append(
                t(
                    "{cut:,} of {words:,} words are cut off and carry no tag",
                    cut=self.num_cut_words,
                    words=self.num_words,
                )
            )
        if self.num_words_without_token:
            found.append(
                t(
                    "{empty:,} of {words:,} words give no token and carry no tag",
                    empty=self.num_words_without_token,
                    words=self.num_words,
                )
            )
        return found
