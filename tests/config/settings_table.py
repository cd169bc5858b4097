"""The tables of docs/settings*.md. To print them: python tests/config/settings_table.py en|zh"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from larkgate import texts
from larkgate.config.reader import shown
from larkgate.config.table import APP, FEISHU, SECTIONS, Section, Setting

HEADS = {
    "en": "| setting | variable | value | default | what it is for |",
    "zh": "| 设置 | 变量 | 值 | 默认 | 用途 |",
}


def tables(language: texts.Language) -> Iterator[str]:
    """One table for each section, its heading included, in this language."""
    texts.use(language)
    try:
        for section in SECTIONS:
            rows = [_row(section, setting) for setting in section.settings]
            rule = "| --- | --- | --- | --- | --- |"
            yield "\n".join((f"### {_title(section)}", "", HEADS[language], rule, *rows))
    finally:
        texts.use("en")


def _title(section: Section[Any]) -> str:
    return f"`[[{section.name}]]`" if section in (FEISHU, APP) else f"`[{section.name}]`"


def _row(section: Section[Any], setting: Setting) -> str:
    default = shown(section.default(setting))
    cells = (
        f"`{setting.key}`",
        ", ".join(f"`{name}`" for name in setting.env),
        str(setting.kind.expected),
        f"`{default}`" if default else "",
        str(section.about(setting)),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print("\n\n".join(tables("zh" if "zh" in sys.argv else "en")))
