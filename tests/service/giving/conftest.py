"""An opened incident, as in its own tests."""

from tests.service.incidents.conftest import flood as flood
