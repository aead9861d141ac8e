"""Private items found by other libraries; run by `privacy_quality.py`.

    python private_items.py LIBRARY IN OUT

LIBRARY is `datatrove` (its formatter for e-mail and IP addresses) or `presidio` (its recognizers by
pattern and check digit, without a language model). IN is a JSON list of texts; OUT becomes an
object: `spans`, for each text a list of type, start, end; `seconds`, the CPU time.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

Spans = list[tuple[str, int, int]]


def datatrove_finder() -> Callable[[str], Spans]:
    """The two regular expressions of datatrove's formatter, with its check of addresses."""
    from datatrove.pipeline.formatters.pii import PIIFormatter

    formatter = PIIFormatter()
    replacers = (("email", formatter.emails_replacer), ("ip_address", formatter.ip_replacer))

    def find(text: str) -> Spans:
        return [
            (name, *match.span())
            for name, replacer in replacers
            for match in replacer.regex.finditer(text)
            if replacer.validator is None or replacer.validator(match.group())
        ]

    return find


def presidio_finder() -> Callable[[str], Spans]:
    """The recognizers of presidio that need no language model, with their default scores."""
    from presidio_analyzer import predefined_recognizers as library

    recognizers = [
        ("email", library.EmailRecognizer()),
        ("phone", library.PhoneRecognizer()),
        ("bank_card", library.CreditCardRecognizer()),
        ("iban", library.IbanRecognizer()),
        ("ip_address", library.IpRecognizer()),
        ("us_ssn", library.UsSsnRecognizer()),
    ]

    def find(text: str) -> Spans:
        return [
            (name, result.start, result.end)
            for name, recognizer in recognizers
            for result in recognizer.analyze(text, recognizer.supported_entities, None)
        ]

    return find


def main() -> None:
    library, source, target = sys.argv[1:]
    find = {"datatrove": datatrove_finder, "presidio": presidio_finder}[library]()
    texts = json.loads(Path(source).read_text(encoding="utf-8"))
    started_at = time.process_time()
    spans = [find(text) for text in texts]
    seconds = time.process_time() - started_at
    result = {"spans": spans, "seconds": seconds}
    Path(target).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
