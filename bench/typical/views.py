from typing import Any

from django.db import transaction
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from bench.typical.models import IdempotencyKey, Item, Movement, OutboxEvent
from bench.typical.serializers import ItemSerializer, MovementSerializer


class InsufficientStock(APIException):
    status_code = 409
    default_detail = "Not enough is there."


class ItemViewSet(ModelViewSet[Item]):
    queryset = Item.objects.all()
    serializer_class = ItemSerializer


class MovementViewSet(ModelViewSet[Movement]):
    queryset = Movement.objects.select_related("item")
    serializer_class = MovementSerializer

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        given = request.headers.get("Idempotency-Key")
        if not given:
            raise ValidationError({"Idempotency-Key": "Send one."})
        token: Any = request.auth
        key, is_new = IdempotencyKey.objects.get_or_create(application=token.application, key=given)
        if not is_new:
            return Response(key.answer)
        response = super().create(request, *args, **kwargs)
        key.answer = response.data
        key.save(update_fields=["answer"])
        return response

    def perform_create(self, serializer: BaseSerializer[Movement]) -> None:
        movement = serializer.validated_data
        item = Item.objects.select_for_update().get(pk=movement["item"].pk)
        if item.on_hand - movement["quantity"] < item.reserved:
            raise InsufficientStock
        item.on_hand -= movement["quantity"]
        item.version += 1
        item.save(update_fields=["on_hand", "version", "updated_at"])
        serializer.save(on_hand_after=item.on_hand)
        OutboxEvent.objects.create(
            type="inventory.updated", payload={"item": item.pk, "onHand": item.on_hand, "version": item.version}
        )
