"""A sensible JSON document for a JSON schema: what a model would answer in structured output."""

import random
import re
from typing import Any

Schema = dict[str, Any]

_STOP_WORDS = """
    a an and are as at by for from in into is it its near of on or over the this that to under with without
    draw paint photo photograph picture image prompt style title tags write describe description
"""
_STOP = frozenset(_STOP_WORDS.split())
_LIGHTS = ["Morning Light", "Quiet Evening Light", "Soft Winter Light", "Golden Hour Light", "Gentle Rain"]
_ADJECTIVES = ["Quiet", "Luminous", "Patient", "Weathered", "Bright", "Still", "Wandering"]


class Sampler:
    """Fills a schema from the words of a prompt. The same words give the same document."""

    def __init__(self, schema: Schema, words: str, *, violation: bool = False) -> None:
        self._root, self._violation = schema, violation
        self._random = random.Random(words)
        found = [word.lower() for word in re.findall(r"[^\W\d_]{3,}", words)]
        self.words = list(dict.fromkeys(word for word in found if word not in _STOP)) or ["picture"]

    def document(self) -> Any:
        return self._value(self._root, "")

    def _value(self, schema: Schema, name: str) -> Any:
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next(one for one in kind if one != "null")
        makers = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "number": self._number,
            "integer": self._integer,
        }
        return makers[kind](schema, name) if kind in makers else False if kind == "boolean" else None

    def _resolved(self, schema: Schema) -> Schema:
        """Follows references, and takes the first alternative that is not null."""
        while "$ref" in schema or "anyOf" in schema or "allOf" in schema:
            if "$ref" in schema:
                target: Any = self._root
                for part in schema["$ref"].lstrip("#/").split("/"):
                    target = target[part]
                schema = target
            else:
                options = schema.get("anyOf") or schema["allOf"]
                schema = next((option for option in options if option.get("type") != "null"), options[0])
        return schema

    def _object(self, schema: Schema, _name: str) -> dict[str, Any]:
        return {name: self._value(part, name) for name, part in schema.get("properties", {}).items()}

    def _array(self, schema: Schema, name: str) -> list[Any]:
        items = self._resolved(schema.get("items", {}))
        if "violation" in name:
            return [self._value(items, name) if "enum" in items else "violence or gore"] if self._violation else []
        wanted = min(max(5, schema.get("minItems", 0)), schema.get("maxItems", 10))
        if "enum" in items:
            return self._random.sample(items["enum"], min(wanted, len(items["enum"])))
        if items.get("type") == "string":
            return (self.words * wanted)[:wanted] if len(self.words) < wanted else self.words[:wanted]
        return [self._value(items, name) for _ in range(max(1, schema.get("minItems", 1)))]

    def _string(self, schema: Schema, name: str) -> str:
        makers = {"title": self.title, "description": self.description, "explanation": self._explanation}
        text = next((make() for key, make in makers.items() if key in name), self._explanation())
        return text[: schema.get("maxLength", len(text))]

    def _number(self, schema: Schema, _name: str) -> float:
        low, high = schema.get("minimum", 0), schema.get("maximum", 1)
        return float(round(low + (high - low) * 0.9, 3))

    def _integer(self, schema: Schema, _name: str) -> int:
        return int(schema.get("minimum", 1))

    def title(self) -> str:
        """Five to ten words."""
        subject = [word.title() for word in self.words[:4]]
        words = [self._random.choice(_ADJECTIVES), *subject, "in", *self._random.choice(_LIGHTS).split()]
        return " ".join(words if len(words) >= 5 else ["A", "Study", "of", *words])

    def description(self) -> str:
        """Fifty to a hundred words with a tip."""
        subject = ", ".join(self.words[:5])
        return (
            f"A composed picture built around {subject}, seen from a calm distance with the light coming gently from "
            "one side. Simple shapes carry the scene, and a small number of colours holds them together, so the eye "
            "rests on the subject first and finds the details afterwards. Tip: keep the words for light and material "
            "when you reuse this prompt, and change only the subject to make a series that belongs together."
        )

    def _explanation(self) -> str:
        return f"The picture shows {' and '.join(self.words[:2])}, as the prompt asks."
