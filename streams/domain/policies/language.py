"""The language of policies: CEL (Common Expression Language), cut down to what rules over deals need.

Names and types are checked when a rule is compiled: a rule that names what does not exist, or compares money with a
float, never comes to be evaluated. Functions are those listed here and no others, so nothing grows while a rule is
evaluated: texts and lists are looked at and never made longer. The only importer of the CEL runtime.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from cel_expr_python import cel

#: What a rule sees, by name: the type, and what it says. A value that is not there is not told at all, and a rule that
#: needs it does not hold.
Types = Mapping[str, str]
_TYPES = {
    "bool": cel.Type.BOOL, "int": cel.Type.INT, "string": cel.Type.STRING, "list": cel.Type.List(cel.Type.STRING),
}  # fmt: skip
#: The whole library of a rule. No text, list or number can be made larger than the rule itself says.
_LIBRARY = """
name: policies
stdlib:
  include_macros: [all, exists, exists_one]
  include_functions:
    - name: "_&&_"
    - name: "_||_"
    - name: "!_"
    - name: "_?_:_"
    - name: "_==_"
    - name: "_!=_"
    - name: "@in"
    - name: "@not_strictly_false"
    - name: "_<_"
      overloads: [{id: less_int64}]
    - name: "_<=_"
      overloads: [{id: less_equals_int64}]
    - name: "_>_"
      overloads: [{id: greater_int64}]
    - name: "_>=_"
      overloads: [{id: greater_equals_int64}]
    - name: "_+_"
      overloads: [{id: add_int64}]
    - name: "_-_"
      overloads: [{id: subtract_int64}]
    - name: "_*_"
      overloads: [{id: multiply_int64}]
    - name: "-_"
      overloads: [{id: negate_int64}]
    - name: size
      overloads: [{id: size_string}, {id: size_list}, {id: string_size}, {id: list_size}]
    - name: startsWith
    - name: endsWith
    - name: contains
"""
#: A text within a rule. Without escapes and triple quotes this is all that a text can be.
_TEXT = re.compile(r"\"[^\"]*\"|'[^']*'")
_COMMENT = re.compile(r"//.*")
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one)\s*\(")
_DAY = re.compile(r"\bdate\s*\(\s*(?:\"([^\"]*)\"|'([^']*)')?")


class Wrong(NamedTuple):
    """Why a rule cannot be one, in words."""

    why: str


class Answer(NamedTuple):
    """Whether a rule holds; ``error`` says why that could not be found out, and then it does not."""

    holds: bool
    error: str | None = None


class Rule:
    """A compiled rule. Evaluating it takes some microseconds, and changes nothing."""

    def __init__(self, text: str, compiled: Any) -> None:
        self.text = text
        self._compiled = compiled

    @property
    def needs_day(self) -> bool:
        """Whether the day may make a difference."""
        return re.search(r"\bday\b", self.text) is not None

    def answer(self, values: Mapping[str, object]) -> Answer:
        """Whether it holds for these values, by name."""
        try:
            found = self._compiled.eval(data=values)
        except RuntimeError as error:
            # The runtime's own limits: so many steps of loops, such depth.
            return Answer(False, _short(error))
        if found.type() == cel.Type.ERROR:
            return Answer(False, _short(found.value()))
        return Answer(found.value() is True)


class Language:
    """Compiles rules that may name ``types``, and nothing else."""

    def __init__(self, types: Types) -> None:
        self._env = cel.NewEnv(
            config=cel.NewEnvConfigFromYaml(_LIBRARY),
            variables={name: _TYPES[of] for name, of in types.items()},
            functions=[
                cel.FunctionDecl("date", [cel.Overload("date_string", cel.Type.INT, [cel.Type.STRING], impl=_day)])
            ],
        )

    def compiled(self, text: str) -> Rule | Wrong:
        """``text`` as a rule, or what is wrong with it."""
        wrong = _unwanted(text)
        if wrong is not None:
            return Wrong(wrong)
        try:
            compiled = self._env.compile(text)
        except RuntimeError as error:
            return Wrong(_short(error))
        if compiled.return_type() != cel.Type.BOOL:
            return Wrong(f"it says {compiled.return_type().name().lower()}, and a rule says true or false")
        return Rule(text, compiled)


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def _unwanted(text: str) -> str | None:
    """What a rule must not have, whatever the language says."""
    if "\\" in text or '"""' in text or "'''" in text or not text.isprintable():
        return "write it on one line, with texts in simple quotes and no backslash in them"
    for found in _DAY.finditer(text):
        if (given := found[1] or found[2] or "") and _is_day(given):
            continue
        return f'{found[0]}: date takes a day in quotes, as in date("2026-12-31")'
    # Of loops within loops the steps multiply, and each step can be as long as the rule.
    return "one loop (all, exists, exists_one) may not stand within another" if _nests(text) else None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _nests(text: str) -> bool:
    """Whether a loop stands within another one."""
    code = _COMMENT.sub("", _TEXT.sub('""', text))
    opened: list[bool] = []
    at = 0
    while at < len(code):
        loop = _LOOP.match(code, at)
        if loop is not None:
            if any(opened):
                return True
            opened.append(True)
            at = loop.end()
            continue
        if code[at] == "(":
            opened.append(False)
        elif code[at] == ")" and opened:
            opened.pop()
        at += 1
    return False


def _short(error: object) -> str:
    """What the runtime says, on one line, without its own names for it."""
    line = re.sub(r"^[A-Z_]+: (ERROR: <input>:\d+:)?", "", str(error).split("\n")[0].split(" (in container")[0])
    return re.sub(r"^(\d+): ", r"character \1: ", line)[:300]
