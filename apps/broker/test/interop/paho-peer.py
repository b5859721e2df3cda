"""Eclipse Paho's Python client, driven by the interoperability tests.

The first line of the input is a job as JSON. With "filters" it subscribes and prints what it receives,
one JSON object a line, until its input ends; with "messages" it publishes them and ends. Bytes are
Base64. "lasting" is a session that outlives the connection.
"""

import base64
import json
import sys
import threading

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties


def main(job):
    client = new_client(job)
    connected = threading.Event()
    client.on_connect = lambda *args: connected.set()
    client.on_subscribe = lambda *args: say("subscribed")
    client.on_message = lambda client, userdata, message: say("message", **described(message))
    client.connect("127.0.0.1", job["port"], **connect_options(job))
    client.loop_start()
    if not connected.wait(10):
        sys.exit("no CONNACK came within 10 s")
    if "filters" in job:
        client.subscribe([subscription(job, name) for name in job["filters"]])
        sys.stdin.read()
    for message in job.get("messages", []):
        publish(client, message)
    client.disconnect()
    client.loop_stop()


def new_client(job):
    options = {
        "client_id": job["clientId"],
        "protocol": {3: mqtt.MQTTv31, 4: mqtt.MQTTv311, 5: mqtt.MQTTv5}[job["version"]],
        "transport": job["transport"],
    }
    if job["version"] < 5:
        options["clean_session"] = not job.get("lasting")
    # Paho 2 asks which signatures its callbacks have.
    if hasattr(mqtt, "CallbackAPIVersion"):
        options["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
    client = mqtt.Client(**options)
    if job["transport"] == "websockets":
        client.ws_set_options(path="/")
    return client


def connect_options(job):
    if job["version"] < 5 or not job.get("lasting"):
        return {}
    lasting = properties(PacketTypes.CONNECT, {"SessionExpiryInterval": 600})
    return {"clean_start": False, "properties": lasting}


def subscription(job, name):
    return (name, mqtt.SubscribeOptions(job["qos"]) if job["version"] == 5 else job["qos"])


def publish(client, message):
    payload = base64.b64decode(message["payload"])
    how = {"qos": message["qos"], "retain": message["retain"]}
    if "properties" in message:
        how["properties"] = properties(PacketTypes.PUBLISH, message["properties"])
    client.publish(message["topic"], payload, **how).wait_for_publish(10)


def properties(packet_type, values):
    result = Properties(packet_type)
    for name, value in values.items():
        value = value.encode() if name == "CorrelationData" else value
        pairs = value if name == "UserProperty" else [value]
        for each in pairs:
            setattr(result, name, tuple(each) if name == "UserProperty" else each)
    return result


def described(message):
    description = {
        "topic": message.topic,
        "payload": base64.b64encode(message.payload).decode(),
        "qos": message.qos,
        "retain": bool(message.retain),
    }
    found = getattr(message, "properties", None)
    if found is not None and not found.isEmpty():
        names = [name.replace(" ", "") for name in found.names]
        values = {name: getattr(found, name) for name in names if hasattr(found, name)}
        if "CorrelationData" in values:
            values["CorrelationData"] = values["CorrelationData"].decode()
        description["properties"] = values
    return description


def say(event, **rest):
    print(json.dumps({"event": event, **rest}), flush=True)


main(json.loads(sys.stdin.readline()))
