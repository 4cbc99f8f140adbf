"""One process that makes documents of one peer and tells what they cost.

Usage: worker.py PEER FOLDER FIRST COUNT [SECTIONS CARDS]

The profiles lie in FOLDER as files, and the documents are written beside them. Prints
one line of JSON: CPU seconds of each document, sizes, pages and words, peak memory.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))


def main() -> None:
    """Make the documents."""
    peer, folder, first, count, *size = sys.argv[1:]
    module: Any = importlib.import_module(f"peers.{peer.partition(':')[0]}_peer")
    module.prepare(**({"is_verified": False} if peer.endswith(":unverified") else {}))
    amount = (int(size[0]), int(size[1])) if size else (18, 6)
    is_own = peer.startswith("backguide")
    seconds, sizes = [], []
    for number in range(int(first), int(first) + int(count)):
        source = Path(folder) / f"{number}{'.own' if is_own else ''}.json"
        begin = time.process_time()
        content = source.read_bytes()
        if is_own:
            pdf = module.render_profile(content, amount)
        else:
            pdf = module.render(json.loads(content), amount)
        target = Path(folder) / f"{peer.replace(':', '-')}-{number}.pdf"
        target.write_bytes(pdf)
        seconds.append(time.process_time() - begin)
        sizes.append(len(pdf))
        if number > int(first):
            target.unlink()
    print(json.dumps({"seconds": seconds, "sizes": sizes, "peak_kb": _peak_kb()}))


def _peak_kb() -> int:
    """Return the peak of the resident memory; rusage would count the parent's too."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(item for item in status.splitlines() if item.startswith("VmHWM"))
    return int(line.split()[1])


if __name__ == "__main__":
    main()
