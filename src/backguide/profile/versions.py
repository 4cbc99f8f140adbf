"""What changed between the versions of the profile format, as the schema tells it.

A field that came later says so at its place: ``"x-since": "1.1"``. One that nothing
reads any more says ``"x-retired": "1.1"`` with a word why in ``x-retired-why``, and
has no rule left, so that whatever an older profile wrote there is taken. A later field
that must be answered is demanded in ``allOf``, by a clause that asks for nothing but
``schema_version``; a profile of an older version may leave it out.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from backguide.errors import Problem

NEW: Final = "N_NEW_QUESTION"
RETIRED: Final = "N_RETIRED"


class History:
    """The versions of a schema, what came with each and what went."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Read the versions and the marks at the fields."""
        self._schema = schema
        self.versions: tuple[str, ...] = tuple(
            schema["properties"]["schema_version"]["enum"]
        )
        """Every version that a profile may follow, the oldest first."""
        fields = tuple(_fields(schema))
        self._later = tuple((p, s) for p, s in fields if "x-since" in s)
        self._retired = tuple((p, s) for p, s in fields if "x-retired" in s)

    @property
    def retired(self) -> tuple[str, ...]:
        """Return the paths of the fields that nothing reads any more."""
        return tuple(path for path, _ in self._retired)

    def came_after(self, since: str, version: object) -> bool:
        """Tell whether a field of version ``since`` is new to a profile."""
        known = self.versions
        return (
            since in known
            and version in known
            and known.index(since) > known.index(str(version))
        )

    def demanded_later(self) -> frozenset[str]:
        """Return the paths of fields that only newer versions must answer."""
        paths = set()
        for clause in self._schema.get("allOf", ()):
            if set(clause["if"].get("properties", ())) == {"schema_version"}:
                for group, spec in clause["then"]["properties"].items():
                    paths |= {f"{group}.{name}" for name in spec["required"]}
        return frozenset(paths)

    def notices(self, data: Mapping[str, Any]) -> tuple[Problem, ...]:
        """Return what a valid profile is told about the version that it follows.

        Questions that came after its version and have no answer, and fields that
        nothing reads any more. Never an error: the profile is used as it stands.
        """
        told = []
        version = data["schema_version"]
        for path, spec in self._later:
            since = spec["x-since"]
            if self.came_after(since, version) and _at(data, path)[1] is None:
                message = f"new since version {since} of the format: not answered yet"
                hint = (
                    f"please answer: {spec['x-question']} "
                    f'Then set schema_version to "{since}"'
                )
                told.append(Problem(path, message, hint, NEW, spec["title"]))
        for path, spec in self._retired:
            if _at(data, path)[0]:
                message = f"no longer used since version {spec['x-retired']}"
                hint = f"leave it out: {spec['x-retired-why']}"
                told.append(Problem(path, message, hint, RETIRED, spec["title"]))
        return tuple(told)

    def without_retired(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the answers without the fields that nothing reads any more."""
        kept = dict(data)
        for path, _ in self._retired:
            group, _, name = path.rpartition(".")
            node = kept if not group else kept.get(group)
            if isinstance(node, dict) and name in node:
                rest = {key: value for key, value in node.items() if key != name}
                kept = {**kept, group: rest} if group else rest
        return kept


def _fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path and the rules of each field; groups are one level deep."""
    for name, spec in schema["properties"].items():
        if "properties" in spec:
            for inner, rules in spec["properties"].items():
                yield f"{name}.{inner}", rules
        else:
            yield name, spec


def _at(data: Mapping[str, Any], path: str) -> tuple[bool, Any]:
    """Return whether a field is given, and its value."""
    group, _, name = path.rpartition(".")
    node = data.get(group) if group else data
    is_given = isinstance(node, Mapping) and name in node
    return is_given, node[name] if is_given else None  # type: ignore[index]
