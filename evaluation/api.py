"""Machine access to this app: each room's entries for the router."""

from rest_framework.viewsets import GenericViewSet

router_entries: list[tuple[str, type[GenericViewSet], str]] = []
