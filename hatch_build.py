"""Put the parsed content into the wheel; see ``backguide.guidance.built_in``."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    """Parse ``templates/`` while a wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the parsed content and add it to the wheel.

        An editable install has none: its texts may change at any time.
        """
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        try:
            from backguide.guidance import built_in
            from backguide.guidance.library import load_library

            library = load_library(root / "templates")
            content = built_in.packed(library, root / "templates")
        finally:
            sys.path.remove(str(root / "src"))
        target = Path(self.directory) / built_in.FILE_NAME
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        build_data["force_include"][str(target)] = f"backguide/_data/{target.name}"

    def finalize(
        self, version: str, build_data: dict[str, Any], artifact_path: str
    ) -> None:
        """Remove the file again: only the wheel holds it."""
        if version == "editable":
            return
        from backguide.guidance import built_in

        (Path(self.directory) / built_in.FILE_NAME).unlink(missing_ok=True)
