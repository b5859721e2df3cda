"""Eclipse Paho's Python client, which tries to log in once and prints what came of it.

The first line of the input is a job as JSON: host and port, transport, whom to trust, what to show.
"""

import json
import sys
import threading

import paho.mqtt.client as mqtt


def main(job):
    options = {"client_id": "paho", "protocol": mqtt.MQTTv311, "transport": job["transport"]}
    # Paho 2 asks which signatures its callbacks have.
    if hasattr(mqtt, "CallbackAPIVersion"):
        options["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
    client = mqtt.Client(**options)
    if job["transport"] == "websockets":
        client.ws_set_options(path="/")
    client.tls_set(ca_certs=job["ca"], certfile=job.get("certificate"), keyfile=job.get("key"))
    if "username" in job:
        client.username_pw_set(job["username"], job.get("password"))
    answers = []
    told = threading.Event()

    def tell(answer):
        answers.append(answer)
        told.set()

    client.on_connect = lambda client, userdata, flags, code, *rest: tell(
        "refused" if getattr(code, "is_failure", code != 0) else "in"
    )
    client.on_disconnect = lambda *args: tell("gone")
    try:
        client.connect(job["host"], job["port"])
        client.loop_start()
        told.wait(10)
    except (OSError, ValueError) as error:
        tell(type(error).__name__)
    print(json.dumps({"answer": answers[0] if answers else "nothing"}), flush=True)
    client.disconnect()
    client.loop_stop()


main(json.loads(sys.stdin.readline()))
