"""What can go wrong on the way up.

SandboxError
├── NoServerFound          neither a URL, nor a wheel, nor a system binary
├── UnreachableBinaries    the unprivileged account cannot execute them
├── ServerFailed           a server ended, or did not answer in time
├── WrongMajor             the data directory belongs to another PostgreSQL major
├── PasswordsLost          the data directory exists, its passwords do not
├── NoFreePort             every port of the range is taken
├── AlreadyRunning         another supervisor holds the lock
├── PhaseFailed            provision_roles, migrate or seed_sandbox failed
├── NotRunning             a command needs the system up
└── UnsafePlace            the shared temporary place belongs to somebody else

The text of each is meant for the person at the terminal: what happened, then what to do.
"""


class SandboxError(Exception):
    """Base of everything the sandbox refuses or fails at."""


class NoServerFound(SandboxError):
    """No way to run this server was found; the text names the remedy."""


class UnreachableBinaries(SandboxError):
    """The unprivileged account cannot execute the server's binaries, even from a copy."""


class ServerFailed(SandboxError):
    """A server process ended early or did not answer before its deadline."""


class WrongMajor(SandboxError):
    """The data directory was made by another major version of PostgreSQL."""


class PasswordsLost(SandboxError):
    """The data directory does not accept the passwords on record."""


class NoFreePort(SandboxError):
    """No free loopback port was found in the range."""


class AlreadyRunning(SandboxError):
    """Another supervisor holds the lock of this state directory."""


class PhaseFailed(SandboxError):
    """A one-shot management command ended with an error."""


class NotRunning(SandboxError):
    """The system is not up."""


class UnsafePlace(SandboxError):
    """A directory in the shared temporary place is not ours, or others may write to it."""
