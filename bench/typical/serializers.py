from typing import ClassVar

from rest_framework import serializers

from bench.typical.models import Item, Movement


class ItemSerializer(serializers.ModelSerializer[Item]):
    class Meta:
        model = Item
        fields: ClassVar = ["id", "sku", "on_hand", "reserved", "version", "updated_at"]
        read_only_fields: ClassVar = ["version"]


class MovementSerializer(serializers.ModelSerializer[Movement]):
    class Meta:
        model = Movement
        fields: ClassVar = ["id", "item", "type", "quantity", "on_hand_after", "reference", "recorded_at"]
        read_only_fields: ClassVar = ["on_hand_after"]
