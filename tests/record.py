"""Records the cassettes anew: starts the real servers, runs the tests that use cassettes against them, stops them.

python tests/record.py            # all
python tests/record.py directus   # the cassettes of one backend
"""

import os
import subprocess
import sys


def main() -> int:
    """The exit code of the tests that were recorded."""
    chosen = ["-k", sys.argv[1]] if len(sys.argv) > 1 else []
    tests = ["tests/cms/test_recorded_cms.py", "tests/stores/test_recorded_medusa.py"]
    command = [sys.executable, "-m", "pytest", "-q", *tests, *chosen]
    return subprocess.run(command, env=os.environ | {"BRANDSYNC_TEST_RECORD": "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
