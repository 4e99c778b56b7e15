"""What ends the demo early.

DemoError (a SandboxError)
├── NoAnswer            the API gave none in a minute of trying
├── UnexpectedAnswer    the API answered something that the demo cannot go on with
├── ReceiverFailed      the webhook receiver ended, or did not start
├── TenantFailed        the demo's tenant could not be made
└── WebhooksMissing     webhooks stopped arriving before all had arrived
"""

from sandbox.errors import SandboxError


class DemoError(SandboxError):
    """Base of what ends the demo early."""


class NoAnswer(DemoError):
    """A request was tried again and again, and got no answer."""


class UnexpectedAnswer(DemoError):
    """An answer that a correct system would not give here."""


class ReceiverFailed(DemoError):
    """The receiver's process is gone or silent."""


class TenantFailed(DemoError):
    """`seed_sandbox --tenant` ended with an error."""


class WebhooksMissing(DemoError):
    """Subscribers have not been told everything, and nothing arrives any more."""
