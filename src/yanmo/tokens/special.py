"""The special tokens and the chat template that uses them.

Special tokens stand behind the learned vocabulary, in this order, so that learned ids do not
depend on them. Text from a user never turns into one, whatever it spells.
"""

from __future__ import annotations

END_OF_TEXT = "<|endoftext|>"
PAD = "<|pad|>"
MASK = "<|mask|>"
TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"

SPECIAL_TOKENS = (END_OF_TEXT, PAD, MASK, TURN_START, TURN_END)

# ChatML. Readers render it with `trim_blocks`, which eats a newline that follows a block, so every
# newline that belongs to the text is a string inside an expression. The generation markers tell
# `transformers` which tokens the assistant wrote (`return_assistant_tokens_mask`).
CHAT_TEMPLATE = r"""{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\n' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}
{{- message['content'] + '<|im_end|>' -}}
{%- endgeneration -%}
{%- else -%}
{{- message['content'] + '<|im_end|>' -}}
{%- endif -%}
{{- '\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\n' -}}
{%- endif -%}
"""
