"""Runs on the machine: what an expression is worth on the kiosk's page, whatever page that is.

Prints one JSON object with the page's ``url`` and the ``value``. Argument: the expression.
"""

from __future__ import annotations

import json
import sys

import requests
from websockets.sync.client import connect

DEVTOOLS = "http://127.0.0.1:9222"


def main(expression: str) -> None:
    pages = requests.get(f"{DEVTOOLS}/json/list", timeout=5).json()
    page = next(each for each in pages if each["type"] == "page")
    with connect(page["webSocketDebuggerUrl"], proxy=None) as socket:
        parameters = {"expression": expression, "returnByValue": True}
        socket.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": parameters}))
        answer = json.loads(socket.recv(timeout=5))
    print(json.dumps({"url": page["url"], "value": answer["result"]["result"].get("value")}))


if __name__ == "__main__":
    main(sys.argv[1])
