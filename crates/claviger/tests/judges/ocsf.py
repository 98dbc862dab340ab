"""Checks an OCSF event on standard input against the published schema of its class and version."""

import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

event = json.load(sys.stdin)
version = event["metadata"]["version"]
schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version))
wanted = schema.get_class_schema(class_name="detection_finding")
wrong = [f"{'/'.join(map(str, error.path))}: {error.message}"
         for error in Draft202012Validator(wanted).iter_errors(event)]
if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
    wrong.append("type_uid is none of class_uid and activity_id")
print("\n".join(wrong))
sys.exit(bool(wrong))
