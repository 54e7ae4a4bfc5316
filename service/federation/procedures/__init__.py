"""What two staffs do together: messages, requests, alarms, reports. What binds waits for a human here."""
