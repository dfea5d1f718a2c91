"""How often the tests kill a process: a few times, or as often as PRODCAT_KILLS says."""

import os

KILLS = int(os.environ.get("PRODCAT_KILLS") or 6)
