from rest_framework.routers import DefaultRouter

from bench.typical.views import ItemViewSet, MovementViewSet

router = DefaultRouter()
router.register("items", ItemViewSet)
router.register("movements", MovementViewSet)
urlpatterns = router.urls
