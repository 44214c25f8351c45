"""
Drives the raw protocol of the MetaTrader 5 simulator with `pymt5pure`, a client that others wrote for real servers:
its packets, its log-in, its key schedule, its cipher, its pings. Prints one JSON line with what it was told, once in
clear and once with AES256OFB.

usage: mt5-raw-client.py RAW LOGIN PASSWORD CONTROL
"""
import json
import sys
import time
import urllib.request

from pymt5pure import MT5Api, MT5Client
from pymt5pure.api.tick import MTTickAnswer
from pymt5pure.exceptions import ResponseError

raw, login, password, control = sys.argv[1:5]
host, port = raw.rsplit(":", 1)
COMMENT = "a=b|c"
DEALS = 130

# Often enough that pings stand between commands.
MT5Client.ping_interval = 0.05


def open_client(is_crypt, secret=password):
    client = MT5Client(host, int(port), is_crypt=is_crypt, timeout=20)
    client.connect(login, secret)
    return client


def backfill(account):
    """What the account's holder would have traded, at the control port."""
    now = int(time.time())
    body = {"login": int(account), "from": now - 30 * 86400, "to": now - 86400, "trades": DEALS, "seed": 7}
    request = urllib.request.Request(f"{control}/backfill", json.dumps(body).encode(), method="POST")
    urllib.request.urlopen(request).read()


def refusal(call):
    """The client splits `13 Not found` into two and stumbles over the third word: either way it is a refusal."""
    try:
        call()
    except (ResponseError, ValueError):
        return True
    return False


def cents(amount):
    return round(float(amount) * 100)


def drive(is_crypt):
    told = {"stranger": refusal(lambda: open_client(is_crypt, "Not-the-right-1"))}
    client = open_client(is_crypt)
    try:
        api = MT5Api(client)
        told["versions"] = [client.version_access, client.version_trade]
        told["symbols"] = api.symbol_total()
        symbol = api.symbol_next(0)
        told["symbol"] = [symbol.Symbol, symbol.CurrencyBase, symbol.Digits, symbol.ContractSize]
        ticks = MTTickAnswer().GetArrayFromJson(client("TICK_LAST", SYMBOL="EURUSD").json)
        told["spread"] = [tick.Ask > tick.Bid for tick in ticks]
        told["time"] = int(client("TIME_SERVER").params["TIME"].split(" ")[0]) - int(time.time())
        # It writes a backslash four times over, but leaves a name alone: the group is put into one.
        opened = client(
            "USER_ADD",
            **{"GROUP=real\\cy-usd-std|LOGIN": 0},
            NAME="Zażółć ₿",
            LEVERAGE=30,
            PASS_MAIN="Main-pass1",
            PASS_INVESTOR="Read-pass1",
        )
        account = opened.params["LOGIN"]
        told["name"] = client("USER_GET", LOGIN=account).json["Name"]
        told["logins"] = int(account) in api.user_logins("real*,!*eur*")
        paid = client("TRADE_BALANCE", LOGIN=account, TYPE=2, BALANCE="10000.50", COMMENT=COMMENT, CHECK_MARGIN=1)
        told["ticket"] = paid.params["TICKET"]
        order = {"LOGIN": account, "TYPE": 2, "BALANCE": "-99999", "COMMENT": "over", "CHECK_MARGIN": 1}
        told["over"] = refusal(lambda: client("TRADE_BALANCE", **order))
        backfill(account)
        total = int(client("DEAL_GET_TOTAL", LOGIN=account, FROM=0, TO=9999999999).params["TOTAL"])
        deals, bytes_max = [], 0
        while len(deals) < total:
            page = client("DEAL_GET_PAGE", LOGIN=account, FROM=0, TO=9999999999, OFFSET=len(deals), TOTAL=100)
            bytes_max = max(bytes_max, len(page.data))
            deals += page.json
        told["deals"] = [len(deals) == total, total, bytes_max]
        told["comment"] = [deal["Comment"] for deal in deals if deal["Deal"] == told["ticket"]]
        told["sum"] = sum(cents(deal["Profit"]) + cents(deal["Commission"]) for deal in deals)
        told["balance"] = cents(client("USER_GET", LOGIN=account).json["Balance"])
    finally:
        client.disconnect()
    return told


print(json.dumps({"clear": drive(False), "ciphered": drive(True)}))
