"""Puts names of things that exist where Schemathesis makes names up, three times out of four.

KEELSON_NAMES is a JSON file: texts by kind, the kinds being prefixes of ids and names of parameters.
Only what looks like an id, and parameters that take nothing else, are replaced: bad input stays bad.
"""

import json
import os
import random
import re
import uuid

import schemathesis

with open(os.environ["KEELSON_NAMES"], encoding="utf-8") as file:
    NAMES = json.load(file)

# They end a log-in or a key: of whatever looks like an id, only a known one, so that no caller shuts out another.
ENDING = {("DELETE", "/api/v1/api-keys/{id}"), ("POST", "/api/v1/users/{id}/disable")}

DICE = random.Random(int(os.environ.get("KEELSON_SEED", "1")))
ID = re.compile(r"^([a-z]{2,4})_[0-9a-f-]{36}$")
KEY = re.compile(r"^[\x21-\x7e]{1,200}$")
WORD = re.compile(r"^[A-Za-z0-9._/:-]{1,200}$")


def known(kind, value):
    names = NAMES.get(kind, [])
    return DICE.choice(names) if names and DICE.random() < 0.75 else value


def ended(value):
    found = isinstance(value, str) and ID.match(value)
    return DICE.choice(NAMES.get(found.group(1)) or [value]) if found else value


def replaced(value):
    if isinstance(value, str):
        found = ID.match(value)
        return known(found.group(1), value) if found else value
    if isinstance(value, list):
        return [replaced(item) for item in value]
    if isinstance(value, dict):
        return {name: replaced(item) for name, item in value.items()}
    return value


def parameter(path, name, value):
    """A parameter whose kind its own name, or the address, tells: `entityId`, `/entities/{id}`."""
    kind = f"{path} {name}" if f"{path} {name}" in NAMES else name
    is_word = isinstance(value, str) and WORD.match(value)
    return known(kind, value) if kind in NAMES and is_word else replaced(value)


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    is_good = case.meta is None or not case.meta.generation.mode.is_negative
    if isinstance(case.path_parameters, dict):
        for name, value in list(case.path_parameters.items()):
            is_end = (case.method, path) in ENDING
            case.path_parameters[name] = ended(value) if is_end else parameter(path, name, value)
    if isinstance(case.query, dict):
        for name, value in list(case.query.items()):
            case.query[name] = parameter(path, name, value)
    if isinstance(case.body, (dict, list)):
        case.body = replaced(case.body)
    key = case.headers.get("Idempotency-Key") if case.headers else None
    # The key of the document's example is used up with the first body. Bad input keeps its headers as they are:
    # who touches them puts one back that was left out to see it missed.
    if is_good and isinstance(key, str) and KEY.match(key):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
