from django.urls import path

from apps.transactions.api.views import TransactionDetail

urlpatterns = [path("transactions/<str:transaction_id>", TransactionDetail.as_view())]
