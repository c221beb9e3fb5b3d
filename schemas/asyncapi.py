"""The AsyncAPI document of our topics, made from the catalogue: ``docs/asyncapi.yaml``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas import topics
from schemas.cloudevents import ATTRIBUTES, CONTENT_TYPE, type_of
from schemas.editions import PRESENT, Edition
from schemas.topics import Topic

#: Version of AsyncAPI, and of its binding for Kafka.
_ASYNCAPI, _KAFKA = "3.0.0", "0.5.0"
#: Avro's own JSON, as AsyncAPI calls it.
_AVRO = "application/vnd.apache.avro+json;version=1.9.0"
#: Stands for the institution in the names of its topics: where they must be Kafka's, and in the document.
_SAMPLE, _PARAMETER = "sample-institution", "{institution}"
_ABOUT = """\
Everything that TechDock reads and writes on Kafka. Institutions write submissions to their inbox, and read their \
receipts with `isolation.level=read_committed`, as everything else. Values are Avro in single-object encoding: \
the bytes C3 01, the CRC-64-AVRO of the schema (little-endian), the body. Where a schema registry is in use, what \
others than TechDock's own lanes read comes in Confluent's wire format instead: the byte 00, the id of the schema \
(32 bits, big-endian), the body; readers should take both, as TechDock does."""

#: Keys that need no quotes; some words mean a truth value to YAML.
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z_][A-Za-z0-9_-]*", re.IGNORECASE)

Document = dict[str, Any]


def document(version: str, edition: Edition = PRESENT) -> Document:
    """The document as plain values, in the order in which it is written."""
    theirs = [make(_SAMPLE) for make in (topics.inbox, topics.receipts)]
    catalogue = [(topic, topic.name.replace(f".{_SAMPLE}.", f".{_PARAMETER}.")) for topic in theirs]
    catalogue += [(topic, topic.name) for topic in topics.CATALOGUE]
    return {
        "asyncapi": _ASYNCAPI,
        "info": {
            "title": "TechDock",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"kafka": _SERVER},
        "channels": {_id(address): _channel(topic, address) for topic, address in catalogue},
        "operations": dict(each for topic, address in catalogue for each in _operations(topic, address)),
        "components": {
            "messages": {name: _message(edition.schema(name)) for name in edition.records},
            "messageTraits": {"cloudevent": {"headers": _headers()}},
        },
    }


def as_yaml(plain: Mapping[str, Any]) -> str:
    """Plain values as YAML; scalars are written as in JSON, which YAML takes as they are."""
    return block_yaml("# Made from schemas/topics.py and schemas/avro by `make asyncapi`.", plain)


def block_yaml(first: str, plain: Mapping[str, Any]) -> str:
    """The same for any document, below a ``first`` line."""
    return "\n".join((first, *_block(plain, 0), ""))


_SERVER: Document = {
    "host": "{bootstrap}",
    "protocol": "kafka",
    "description": "The brokers; `techdock up` prints the address of its own.",
    "variables": {"bootstrap": {"default": "127.0.0.1:9092", "description": "Host and port."}},
}


def _id(address: str) -> str:
    """What a channel is called within the document: the noun of its topic."""
    return address.split(".")[1]


def _channel(topic: Topic, address: str) -> Document:
    channel: Document = {"address": address, "summary": topic.about, "description": f"Key: {topic.key}."}
    if _PARAMETER in address:
        about = "Lower-case id of an institution: 1 to 63 letters, digits and hyphens."
        channel["parameters"] = {_PARAMETER.strip("{}"): {"description": about, "examples": ["dlut"]}}
    channel["messages"] = {name: {"$ref": f"#/components/messages/{name}"} for name in topic.records}
    binding: Document = {"partitions": topic.partitions, "topicConfiguration": _configuration(topic.config)}
    channel["bindings"] = {"kafka": {**binding, "bindingVersion": _KAFKA}}
    return channel


def _configuration(config: Mapping[str, str]) -> Document:
    """Settings of a topic with the types that the binding gives them."""
    return {
        name: value.split(",") if name == "cleanup.policy" else int(value) if value.lstrip("-").isdigit() else value
        for name, value in sorted(config.items())
    }


def _operations(topic: Topic, address: str) -> Iterable[tuple[str, Document]]:
    """What TechDock does with a channel: institutions do the opposite."""
    for action, who in (("send", topic.written_by), ("receive", topic.read_by)):
        ours = [part for part in who if part != _SAMPLE]
        if ours:
            yield f"{action}-{_id(address)}", _operation(action, topic, address, ours)


def _operation(action: str, topic: Topic, address: str, who: Sequence[str]) -> Document:
    done = "Written" if action == "send" else "Read"
    messages = [{"$ref": f"#/channels/{_id(address)}/messages/{name}"} for name in topic.records]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{_id(address)}"},
        "summary": f"{done} by {', '.join(who)}.",
        **({"messages": messages} if messages else {}),
    }


def _message(schema: Mapping[str, Any]) -> Document:
    name = str(schema["name"])
    return {
        "name": type_of(name),
        "title": name,
        "summary": schema["doc"],
        "contentType": CONTENT_TYPE,
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "payload": {"schemaFormat": _AVRO, "schema": schema},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": _KAFKA}},
    }


def _headers() -> Document:
    said: Document = {name: {"type": "string", "description": about} for name, about in ATTRIBUTES.items()}
    said["ce_specversion"]["const"] = "1.0"
    said["content-type"]["const"] = CONTENT_TYPE
    said["ce_time"]["format"] = "date-time"
    copies = "demand-copies, negotiations, weighed-texts"
    about = f"On every record but tombstones, and copies of what another topic has told ({copies})."
    return {"type": "object", "description": about, "properties": said}


def _block(value: Any, depth: int) -> Iterable[str]:
    indent = "  " * depth
    for key, inner in value.items():
        name = key if _PLAIN.fullmatch(key) else _scalar(key)
        if isinstance(inner, Mapping) and inner:
            yield f"{indent}{name}:"
            yield from _block(inner, depth + 1)
        elif isinstance(inner, list) and any(isinstance(item, Mapping) for item in inner):
            yield f"{indent}{name}:"
            yield from _items(inner, depth + 1)
        else:
            yield f"{indent}{name}: {_scalar(inner)}"


def _items(items: Sequence[Any], depth: int) -> Iterable[str]:
    indent = "  " * depth
    for item in items:
        if isinstance(item, Mapping):
            first, *rest = _block(item, depth + 1)
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(item)}"


def _scalar(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # To YAML these are the ends of lines.
    return "".join(f"\\u{ord(each):04x}" if each in "\u0085\u2028\u2029" else each for each in text)
