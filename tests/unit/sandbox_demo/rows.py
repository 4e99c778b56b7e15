"""Rows of the shop's file, made by hand."""


def row(
    *,
    invoice: str = "536365",
    code: str = "85123A",
    quantity: str = "6",
    country: str = "France",
    description: str = "HEART",
) -> dict[str, str]:
    """Return a row; what is not named is that of an ordinary sale."""
    return {
        "InvoiceNo": invoice,
        "StockCode": code,
        "Description": description,
        "Quantity": quantity,
        "UnitPrice": "2.55",
        "CustomerID": "17850",
        "Country": country,
    }
