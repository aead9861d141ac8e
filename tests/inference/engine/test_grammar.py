"""What a grammar says is what is written: the text parses, or matches, whatever the model wants."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inference.engine.driving import Listener, ask, assert_nothing_is_left, greedy
from tests.inference.outside_models import save_gpt2

from yanmo.core.errors import ConfigError
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.open import engine_of, open_engine
from yanmo.inference.engine.request import EngineRequest, Grammar
from yanmo.tokens.tokenizer import Tokenizer

SCHEMA = {
    "type": "object",
    "properties": {
        "名字": {"type": "string", "maxLength": 6},
        "count": {"type": "integer", "minimum": 0, "maximum": 999},
        "kind": {"enum": ["river", "sea", "白日"]},
        "is_new": {"type": "boolean"},
        "parts": {"type": "array", "items": {"type": "boolean"}, "maxItems": 3},
    },
    "required": ["名字", "count", "kind", "is_new", "parts"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module", params=["none", "lookup"])
def engine(request: Any, make_model: Any, tokenizer: Tokenizer) -> Engine:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=512)
    config = EngineConfig(kernels="torch", num_slots=4, draft=request.param)
    return engine_of(model, tokenizer, config)


def written(engine: Engine, grammar: Grammar, **settings: Any) -> Any:
    sampling = SamplingConfig(**{"max_new_tokens": 400, "temperature": 1.5, "seed": 0, **settings})
    return ask(engine, [0, 5, 9], sampling, grammar=grammar, num_choices=3).values()


@pytest.mark.parametrize("seed", range(3))
def test_json_by_a_schema_always_parses_and_fits(engine: Engine, seed: int) -> None:
    for told in written(engine, Grammar("json_schema", json.dumps(SCHEMA)), seed=seed):
        assert told.reason == "stop"
        value = json.loads(told.text)
        assert set(value) == set(SCHEMA["required"])
        assert isinstance(value["count"], int) and 0 <= value["count"] <= 999
        assert len(value["名字"]) <= 6 and value["kind"] in ("river", "sea", "白日")
        assert len(value["parts"]) <= 3 and {type(part) for part in value["parts"]} <= {bool}


@settings(max_examples=15)
@given(
    expression=st.sampled_from(
        [
            r"[0-9]{4}-[01][0-9]-[0-3][0-9]",
            r"(白日|黄河)(依山尽|入海流)。",
            r"(a|b)*c{2,5}",
            r"\"[^\"]{0,8}\"",
            r"x",
            r"😀{1,3}👍?",
        ]
    ),
    seed=st.integers(0, 1000),
)
def test_a_text_by_a_regular_expression_matches_it_as_a_whole(
    engine: Engine, expression: str, seed: int
) -> None:
    for told in written(engine, Grammar("regex", expression), seed=seed, logit_bias={70: 3.0}):
        if told.reason == "stop":
            assert re.fullmatch(expression, told.text)
        else:
            assert told.reason == "length" and "*" in expression


def test_a_grammar_in_lark_is_kept_to(engine: Engine) -> None:
    source = 'start: greeting " " name\ngreeting: "hello" | "你好"\nname: /[A-Z][a-z]{2,4}/'
    for told in written(engine, Grammar("lark", source)):
        assert re.fullmatch(r"(hello|你好) [A-Z][a-z]{2,4}", told.text)


def test_with_and_without_a_grammar_run_side_by_side(engine: Engine) -> None:
    listener = Listener()
    grammar = Grammar("regex", "[ab]{30}")
    with_one = EngineRequest((0, 4), greedy(50), grammar=grammar)
    numbers = [engine.submit(with_one), engine.submit(EngineRequest((0, 4), greedy(20)))]
    numbers.append(engine.submit(with_one))
    listener.drain(engine)
    free = ask(engine, [0, 4], greedy(20))[0]
    assert listener.choices[numbers[1], 0].ids == free.ids
    for number in (numbers[0], numbers[2]):
        assert re.fullmatch("[ab]{30}", listener.choices[number, 0].text)
    assert_nothing_is_left(engine)


@pytest.mark.parametrize(
    ("grammar", "words"),
    [
        (Grammar("json_schema", '{"type": '), "JSON schema cannot be used.*Expecting value"),
        (Grammar("json_schema", '{"type": "objct"}'), "JSON schema cannot be used.*objct"),
        (Grammar("regex", "(["), "regular expression cannot be used.*unclosed"),
        (Grammar("lark", 'start: "a" b'), "grammar cannot be used.*unknown name"),
    ],
)
def test_what_is_wrong_with_a_grammar_is_told(engine: Engine, grammar: Grammar, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        engine.submit(EngineRequest((0,), greedy(5), grammar=grammar))
    assert not engine.has_work


def test_a_tokenizer_from_elsewhere_keeps_to_grammars_too(tmp_path: Path) -> None:
    save_gpt2(tmp_path)
    engine = open_engine(tmp_path, EngineConfig(kernels="torch", num_slots=2), "cpu")
    told = ask(engine, [5], greedy(40), grammar=Grammar("regex", r"[a-f]{5} [0-9]{2}"))[0]
    assert re.fullmatch(r"[a-f]{5} [0-9]{2}", told.text), told
