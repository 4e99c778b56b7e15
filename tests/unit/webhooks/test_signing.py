from base64 import b64decode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from pytest_django import Settings
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from apps.core.ids import uuid7
from apps.webhooks.domain.sealing import UnknownSealingKeyError, seal, unseal
from apps.webhooks.domain.signing import new_secret, signed_headers

_BODY = b'{"test": 2432232314}'


def test_the_standards_own_vector() -> None:
    headers = signed_headers(
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=_BODY,
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_every_secret_verifies_and_a_stranger_does_not() -> None:
    secrets = [new_secret() for _ in range(3)]
    now = int(datetime.now(UTC).timestamp())
    headers = signed_headers(event_id="evt_1", timestamp=now, body=_BODY, secrets=secrets)
    assert headers["webhook-signature"].count(" ") == 2
    for secret in secrets:
        assert Webhook(secret).verify(_BODY, headers) == {"test": 2432232314}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(_BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets[0]).verify(_BODY + b" ", headers)


def test_a_secret_is_32_bytes() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    assert len(b64decode(secret.removeprefix("whsec_"))) == 32


_ROW: dict[str, Any] = {"tenant_id": 1, "webhook_id": "whk_1", "secret_id": UUID(int=7)}


def test_what_is_sealed_opens_for_its_row_only() -> None:
    sealed = seal("whsec_x", **_ROW)
    assert b"whsec_x" not in sealed
    assert unseal(sealed, **_ROW) == "whsec_x"
    for other in ({"tenant_id": 2}, {"webhook_id": "whk_2"}, {"secret_id": uuid7()}):
        with pytest.raises(InvalidTag):
            unseal(sealed, **{**_ROW, **other})
    with pytest.raises(InvalidTag):
        unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), **_ROW)


def test_a_replaced_secret_key_opens_old_rows_as_a_fallback(settings: Settings) -> None:
    sealed = seal("whsec_x", **_ROW)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    with pytest.raises(UnknownSealingKeyError):
        unseal(sealed, **_ROW)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed, **_ROW) == "whsec_x"
