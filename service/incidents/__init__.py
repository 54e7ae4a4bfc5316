"""Incidents, their staffs and what stands on their map: sites, sectors, facilities, zones."""
