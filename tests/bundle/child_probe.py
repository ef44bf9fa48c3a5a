"""Takes the place of the trial's child: answers with what it has, or does what a hostile text may.

Not a test: `test_model_trial` names it as the child.
"""

import json
import os
import resource
import sys

from credit_scoring.bundle.trial_child import _limit_all_but_memory

request = json.loads(sys.stdin.buffer.readline())
what = sys.stdin.buffer.read(request["text"]).decode()
if what == "report":
    _limit_all_but_memory(request["cpu_seconds"])
    report = {
        "environment": sorted(os.environ),
        "descriptors": len(list(os.scandir("/proc/self/fd"))) - 1,  # without the scan's own
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "session": os.getsid(0) == os.getpid(),
    }
    print(json.dumps({"refused": report}))
elif what == "silence":
    sys.exit(0)
elif what == "nonsense":
    print("{")
elif what == "a number":
    print("1")
elif what.startswith("signal "):
    os.kill(os.getpid(), int(what.removeprefix("signal ")))
elif what == "wait":
    import signal

    signal.pause()
elif what == "spin":
    resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
    while True:
        pass
