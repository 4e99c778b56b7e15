"""`python -m sandbox.supervisor`: the supervisor in the foreground; Ctrl-C or SIGTERM ends everything."""

import os
import sys

from sandbox.errors import AlreadyRunning, SandboxError
from sandbox.state_dir import default_state_dir
from sandbox.supervisor.daemon import Supervisor
from sandbox.supervisor.lock import hold_lock
from sandbox.supervisor.log import say
from sandbox.supervisor.signals import Signals

EXIT_ALREADY_RUNNING = 3


def main() -> int:
    """Run until told to stop; return the exit code: 0 stopped, 1 failed, 3 another one runs."""
    state_dir = default_state_dir()
    try:
        state_dir.prepare()
        with hold_lock(state_dir), Signals() as signals:
            return Supervisor(state_dir=state_dir, environ=dict(os.environ), signals=signals).run()
    except AlreadyRunning as error:
        say(str(error))
        return EXIT_ALREADY_RUNNING
    except SandboxError as error:
        say(f"failed: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
