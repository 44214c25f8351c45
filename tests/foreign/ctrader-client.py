"""
Drives the Manager API of the cTrader simulator with the connection of `ctrader-open-api`: its TLS, framing,
envelope, heartbeat and error message are those of cTrader. That package has no messages for managers, so their few
fields are written here by number. Prints one JSON line with what it was told.

usage: ctrader-client.py MANAGER LOGIN PASSWORD_HASH PLANT ENVIRONMENT TRADER_ID
"""
import json
import sys

from ctrader_open_api import Client, Protobuf, TcpProtocol
from ctrader_open_api.messages.OpenApiCommonMessages_pb2 import ProtoMessage
from twisted.internet import defer, reactor

manager, login, password_hash, plant, environment, trader = sys.argv[1:7]
host, port = manager.rsplit(":", 1)
told = {"events": [], "heartbeats": 0}


def varint(value):
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        if value == 0:
            return out + bytes([low])
        out += bytes([low | 0x80])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode()
    return varint(number << 3 | 2) + varint(len(data)) + data


def read(data):
    """Field number -> list of values of a message; integers and bytes are all that is needed."""
    fields, at = {}, 0

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            value = number()
        elif tag & 7 == 1:
            value, at = data[at : at + 8], at + 8
        else:
            length = number()
            value, at = data[at : at + length], at + length
        fields.setdefault(tag >> 3, []).append(value)
    return fields


client = Client(host, port, TcpProtocol)


def ask(payload_type, payload, msg_id):
    message = ProtoMessage(payloadType=payload_type, payload=payload, clientMsgId=msg_id)
    return client.send(message.SerializeToString(), clientMsgId=msg_id)


def on_message(_client, message):
    if message.payloadType == 51:
        told["heartbeats"] += 1
    if message.payloadType == 300:
        operation = read(read(message.payload)[7][0])
        told["events"].append([operation[15][0].decode(), operation[9][0]])


@defer.inlineCallbacks
def drive(_client):
    try:
        credentials = field(2, plant) + field(3, environment) + field(4, int(login))
        refused = yield ask(301, credentials + field(5, "0" * 32), "a")
        told["refused"] = Protobuf.extract(refused).errorCode
        admitted = yield ask(301, credentials + field(5, password_hash), "b")
        told["admitted"] = admitted.payloadType
        change = field(2, int(trader)) + field(3, 12345) + field(5, 0) + field(9, "foreign-1") + field(10, 1)
        changed = yield ask(519, change, "c")
        told["balanceHistoryId"] = read(changed.payload)[3][0]
        window = field(2, int(trader)) + field(3, 0) + field(4, 4102444800000)
        history = yield ask(417, window, "d")
        rows = [read(row) for row in read(history.payload)[3]]
        told["history"] = [[row[2][0], row[5][0], row[9][0]] for row in rows]
        over = yield ask(519, field(2, int(trader)) + field(3, 99999) + field(5, 1), "e")
        told["over"] = Protobuf.extract(over).errorCode
    finally:
        reactor.callLater(0.5, reactor.stop)


client.setConnectedCallback(drive)
client.setMessageReceivedCallback(on_message)
client.startService()
reactor.callLater(60, reactor.stop)
reactor.run()
print(json.dumps(told))
