"""The operations of the vehicles that a product fits."""

from apps.core.http.operations import CSV, MAX_BULK_BODY_BYTES, Operation, Resource
from apps.products.api.compatibility_schemas import (
    CompatibilityAddedView,
    CompatibilityCreate,
    CompatibilityFile,
    CompatibilityImportedView,
    CompatibilityPage,
    CompatibilityView,
)

_RESOURCE = Resource(scope="products", tag="Products", view=CompatibilityView)
_CAMRY = {"make": "Toyota", "model": "Camry", "yearFrom": 2018, "yearTo": 2024, "engine": "2.5 L"}
_FILE = """\
productId,make,model,yearFrom,yearTo,engine,position,notes
HOTSAUCE789,Toyota,Camry,2018,2024,2.5L,,
HOTSAUCE789,Honda,Accord,2013,2017,,front,"Not the hybrid, which has another holder"
"""

LIST = _RESOURCE.listing(
    operation_id="listCompatibility",
    summary="List the vehicles that a product fits",
    description="Whoever sees the product sees them. What fits a vehicle: `GET /v1/products?fits.make=`.",
    answer=CompatibilityPage,
    order_by=("compatibilityId",),
)
ADD = Operation(
    operation_id="addCompatibility",
    summary="Add vehicles that a product fits",
    description=(
        "All of them or none. The years of one vehicle (make, model, engine, trim and position, in whatever case and "
        "spaces) do not overlap. Whoever may change the product may add."
    ),
    scope="products:write",
    tag="Products",
    body=CompatibilityCreate,
    answer=CompatibilityAddedView,
    status=201,
    keys="accepted",
    problems=("already_exists", "not_permitted"),
    examples={
        "One engine, and a trim": {
            "items": [_CAMRY, {"make": "Toyota", "model": "Avalon", "yearFrom": 2019, "yearTo": 2022, "trim": "XLE"}]
        }
    },
)
IMPORT = Operation(
    operation_id="importCompatibility",
    summary="Import vehicles that products fit",
    description=(
        "A CSV file over any number of products, at most 50,000 lines, all of it or nothing. Lines whose vehicles are "
        "there already change nothing, so a file may be sent again. Each wrong line has an error with its number (the "
        "first 100), such as `#/lines/3/yearFrom`."
    ),
    scope="products:write",
    tag="Products",
    body=CompatibilityFile,
    media_type=CSV,
    answer=CompatibilityImportedView,
    keys="accepted",
    max_body=MAX_BULK_BODY_BYTES,
    problems=("already_exists", "not_found", "not_permitted"),
    examples={"Two vehicles, one of them known": _FILE},
)
GET = _RESOURCE.reading(
    operation_id="getCompatibility",
    summary="Get a vehicle that a product fits",
    description="Whoever sees the product sees it.",
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteCompatibility",
    summary="Delete a vehicle that a product was said to fit",
    description="Whoever may change the product may delete.",
    problems=("not_permitted",),
)
