"""A town's own devices: adopted, judged, watched for silence."""
