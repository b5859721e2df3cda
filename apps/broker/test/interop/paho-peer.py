"""Eclipse Paho's Python client, driven by the interoperability tests.

The first line of the input is a job as JSON. With "filter" it subscribes and prints what it receives,
one JSON object a line, until its input ends; with "messages" it publishes them and ends. Bytes are
Base64.
"""

import base64
import json
import sys
import threading

import paho.mqtt.client as mqtt


def main(job):
    client = new_client(job)
    connected = threading.Event()
    client.on_connect = lambda *args: connected.set()
    client.on_subscribe = lambda *args: say("subscribed")
    client.on_message = lambda client, userdata, message: say(
        "message", topic=message.topic, payload=base64.b64encode(message.payload).decode()
    )
    client.connect("127.0.0.1", job["port"])
    client.loop_start()
    if not connected.wait(10):
        sys.exit("no CONNACK came within 10 s")
    if "filter" in job:
        client.subscribe(job["filter"])
        sys.stdin.read()
    for message in job.get("messages", []):
        payload = base64.b64decode(message["payload"])
        client.publish(message["topic"], payload).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def new_client(job):
    options = {
        "client_id": job["clientId"],
        "protocol": {3: mqtt.MQTTv31, 4: mqtt.MQTTv311, 5: mqtt.MQTTv5}[job["version"]],
        "transport": job["transport"],
    }
    # Paho 2 asks which signatures its callbacks have.
    if hasattr(mqtt, "CallbackAPIVersion"):
        options["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
    client = mqtt.Client(**options)
    if job["transport"] == "websockets":
        client.ws_set_options(path="/")
    return client


def say(event, **rest):
    print(json.dumps({"event": event, **rest}), flush=True)


main(json.loads(sys.stdin.readline()))
