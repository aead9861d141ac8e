"""The Chinese wording of every sentence that `core.messages.t` is asked for.

One module for each package; each holds a dictionary named `CHINESE` from English to Chinese.
"""

from importlib import import_module
from pkgutil import iter_modules

CHINESE: dict[str, str] = {}
for _module in iter_modules(__path__):
    CHINESE.update(import_module(f"{__name__}.{_module.name}").CHINESE)
