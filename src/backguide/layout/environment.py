"""Keep the surroundings from deciding what is printed.

reportlab runs settings files from the home and the working folder, obeys every
``RL_*`` variable and dates files by ``SOURCE_DATE_EPOCH``. Importing this module
before reportlab closes these doors. The package imports it, so it comes before
whatever a module of the package imports.
"""

import os
import sys
from types import ModuleType

for _name in [*os.environ]:
    if _name.startswith("RL_") or _name == "SOURCE_DATE_EPOCH":
        del os.environ[_name]

# With these two empty modules in place, no settings file is ever looked for.
for _name in ("reportlab_settings", "reportlab.local_rl_settings"):
    sys.modules[_name] = ModuleType(_name)

from reportlab import rl_config  # noqa: E402  (only now are the doors closed)

rl_config.invariant = 1
rl_config.useA85 = 0
rl_config.pageCompression = 1
