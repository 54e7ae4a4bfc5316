"""A town's own sensors on LoRaWAN: what network servers send, and what the devices' bytes mean."""
