"""Reads a page of metrics, as the official Python client of Prometheus does, and prints JSON.

The argument is the format of the page: text or openmetrics.
"""

import json
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as text

parser = openmetrics if sys.argv[1] == "openmetrics" else text
page = sys.stdin.buffer.read().decode("utf-8")
families = [
    {
        "name": family.name,
        "type": family.type,
        "help": family.documentation,
        "samples": [[s.name, dict(s.labels), s.value] for s in family.samples],
    }
    for family in parser.text_string_to_metric_families(page)
]
json.dump(families, sys.stdout)
