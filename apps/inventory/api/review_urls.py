from django.urls import path

from apps.inventory.api.conflict_policy_views import ConflictPolicies, ConflictPolicyDetail
from apps.inventory.api.review_views import ReviewApproval, ReviewDetail, ReviewRejection, Reviews

urlpatterns = [
    path("conflictPolicies", ConflictPolicies.as_view()),
    path("conflictPolicies/<str:supplier_id>", ConflictPolicyDetail.as_view()),
    path("reviews", Reviews.as_view()),
    path("reviews/<str:review_id>", ReviewDetail.as_view()),
    path("reviews/<str:review_id>/approve", ReviewApproval.as_view()),
    path("reviews/<str:review_id>/reject", ReviewRejection.as_view()),
]
