"""English stems after Porter (1980), with the deviations that published ROUGE figures rest on.

In comes a lower-case word, out comes its stem. The deviations are those of NLTK's default mode,
which the usual ROUGE counts with: some irregular words, short words in -ies and -ied, -y only after
a consonant, -alli before -bli, and -fulli and -logi in step 2. Knows nothing of other languages.
"""

from __future__ import annotations

from functools import lru_cache

_IRREGULAR = {
    "sky": "sky",
    "skies": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "news": "news",
    "innings": "inning",
    "inning": "inning",
    "outings": "outing",
    "outing": "outing",
    "cannings": "canning",
    "canning": "canning",
    "howe": "howe",
    "proceed": "proceed",
    "exceed": "exceed",
    "succeed": "succeed",
}


def _rules(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs of a suffix and what takes its place, from `suffix>replacement` words."""
    return tuple((suffix, new) for suffix, _, new in (word.partition(">") for word in text.split()))


# In every step the first suffix that fits decides, also where its condition then fails.
_STEP_2 = _rules(
    "ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous"
    " ization>ize ation>ate ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al"
    " iviti>ive biliti>ble fulli>ful logi>log"
)
_STEP_3 = _rules("icate>ic ative> alize>al iciti>ic ical>ic ful> ness>")
_STEP_4 = _rules(
    "al> ance> ence> er> ic> able> ible> ant> ement> ment> ent> ion> ou> ism> ate> iti> ous> ive>"
    " ize>"
)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of one lower-case word."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 2:
        return word
    word = _without_past(_without_plural(word))
    if word.endswith("y") and len(word) > 2 and _shape(word[:-1])[-1] == "c":
        word = word[:-1] + "i"
    word = _step_2(word)
    word = _replaced(word, _STEP_3, min_measure=1)
    word = _replaced(word, _STEP_4, min_measure=2)
    return _tidied(word)


def _shape(word: str) -> str:
    """`c` for each consonant and `v` for each vowel; y is a vowel after a consonant."""
    shape = ""
    for letter in word:
        is_vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if is_vowel else "c"
    return shape


def _measure(word: str) -> int:
    """How often a consonant follows a vowel: m in Porter's [C](VC)^m[V]."""
    return _shape(word).count("vc")


def _ends_short(word: str) -> bool:
    """Porter's *o: consonant, vowel, consonant other than w, x, y; or vowel, consonant alone."""
    shape = _shape(word)
    return (shape.endswith("cvc") and word[-1] not in "wxy") or shape == "vc"


def _replaced(word: str, rules: tuple[tuple[str, str], ...], *, min_measure: int) -> str:
    """The word with its first fitting suffix replaced if what stands before is long enough."""
    for suffix, replacement in rules:
        if word.endswith(suffix):
            before = word[: -len(suffix)]
            if suffix == "logi":
                is_long = _measure(before + "l") >= min_measure
            else:
                is_long = _measure(before) >= min_measure
            if suffix == "ion" and not before.endswith(("s", "t")):
                is_long = False
            return before + replacement if is_long else word
    return word


def _without_plural(word: str) -> str:
    """Step 1a."""
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _without_past(word: str) -> str:
    """Step 1b: -eed, -ed, -ing, and what they leave behind."""
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        before = word[: -len(suffix)]
        if word.endswith(suffix) and "v" in _shape(before):
            return _mended(before)
    return word


def _mended(word: str) -> str:
    """A word that has lost -ed or -ing, with the e or the single letter that it had before."""
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if len(word) > 1 and word[-1] == word[-2] and _shape(word)[-1] == "c":
        return word if word[-1] in "lsz" else word[:-1]
    return word + "e" if _measure(word) == 1 and _ends_short(word) else word


def _step_2(word: str) -> str:
    """Step 2, where -alli goes first and what it leaves is looked at once more."""
    while word.endswith("alli") and _measure(word[:-4]) > 0:
        word = word[:-2]
    return _replaced(word, _STEP_2, min_measure=1)


def _tidied(word: str) -> str:
    """Step 5: a last e, and one of two l."""
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _ends_short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
