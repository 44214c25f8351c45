"""
Drives the MetaTrader 4 simulator with `mywebapi-sdk`, a client that others wrote for real bridges: its OAuth2, its
envelope, its models parse every record. Prints one JSON line with what it was told.

usage: mt4-client.py REST AUTHORITY CLIENT_ID CLIENT_SECRET PLATFORM CONTROL (SSL_CERT_FILE names the authority's PEM)
"""
import datetime
import json
import sys
import time
import urllib.request
from uuid import UUID

import httpx
from cplugin_webapi_sdk import ApiError, CPluginWebApiClient, unwrap
from cplugin_webapi_sdk._generated.api.mt4_v_2_authentication import (
    post_api_v_2_mt4_trade_platform_user_password_check_login as password_check,
    post_api_v_2_mt4_trade_platform_user_password_set_login as password_set,
)
from cplugin_webapi_sdk._generated.api.mt4_v_2_groups import (
    get_api_v_2_mt4_trade_platform_groups_request as groups_request,
)
from cplugin_webapi_sdk._generated.api.mt4_v_2_history import (
    get_api_v_2_mt4_trade_platform_trades_user_history_login as history,
)
from cplugin_webapi_sdk._generated.api.mt4_v_2_margins import (
    get_api_v_2_mt4_trade_platform_margin_level_request_login as margin_level,
)
from cplugin_webapi_sdk._generated.api.mt4_v_2_prices import (
    get_api_v_2_mt4_trade_platform_tick_info_last_symbol as tick,
)
from cplugin_webapi_sdk._generated.api.mt4_v_2_trades import (
    get_api_v_2_mt4_trade_platform_trades_get_by_login_login_group as open_trades,
    post_api_v_2_mt4_trade_platform_trade_transaction as transaction,
)
from cplugin_webapi_sdk._generated.api.mt4_v_2_users import (
    get_api_v_2_mt4_trade_platform_adm_balance_check_login as balance_check,
    get_api_v_2_mt4_trade_platform_user_records_request as user_records,
    post_api_v_2_mt4_trade_platform_user_record_new as user_new,
)
from cplugin_webapi_sdk._generated.models import (
    MT4BalanceDiff,
    MT4Group,
    MT4MarginLevel,
    MT4SymbolConfig,
    MT4TickInfo,
    MT4Trade,
    MT4TradeTransaction,
    MT4User,
    MT4UserCreate,
)

rest, authority, client_id, client_secret, platform, control = sys.argv[1:7]
at = {"trade_platform": UUID(platform)}
told = {}


def tell(method, path, body=None):
    """What an operator or bad luck does, at the control port."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(control + path, data=data, method=method)) as answer:
        return json.load(answer)


with CPluginWebApiClient(
    env="custom", api_base_url=rest, authority=authority, client_id=client_id, client_secret=client_secret
) as client:

    def balance(login, amount, comment, key, **more):
        body = MT4TradeTransaction(
            trade_transaction_type="BrBalance", trade_command="Balance", order_by=login, price=amount, comment=comment
        )
        return unwrap(client.mt4.raw(transaction, body=body, idempotency_key=key, **at, **more))

    told["platforms"] = [row["id"] for row in client.list_trade_platforms()]
    told["time"] = client.mt4.get_server_time(platform)
    told["exists"] = [client.mt4.group_exists(platform, name) for name in ("cy-usd-std", "nobody")]

    made = unwrap(
        client.mt4.raw(user_new, body=MT4UserCreate(group="cy-usd-std", name="Ada Byron", leverage=30), **at)
    )
    login = MT4User.from_dict(made).login
    told["login"] = login
    set_to = client.mt4.raw(password_set, login=login, body="Main-pass1", **at)
    told["password"] = [unwrap(set_to), unwrap(client.mt4.raw(password_check, login=login, body="Main-pass1", **at))]

    first = balance(login, 1000.5, "a comment that is longer than thirty-one characters", "foreign-1")
    again = balance(login, 1000.5, "a comment that is longer than thirty-one characters", "foreign-1")
    told["orders"] = [MT4TradeTransaction.from_dict(one).order for one in (first, again)]
    balance(login, -0.5, "back", "foreign-2")
    try:
        balance(login, -5000.0, "too much", "foreign-3")
    except ApiError as error:
        told["refused"] = [error.code, error.manager_code, error.safe_to_retry]

    tell("POST", "/faults", {"kind": "hang", "command": "TradeTransaction", "ms": 2500})
    try:
        balance(login, 7.0, "slow", "foreign-4", request_timeout=1)
    except ApiError as error:
        told["late"] = [error.code, error.outcome, error.outcome_unknown, error.applied_timeout]
    try:
        balance(login, 7.0, "slow", "foreign-4")
    except ApiError as error:
        told["running"] = [error.code, error.outcome]
    tell("POST", "/faults", {"kind": "lose_reply_after_apply"})
    try:
        balance(login, 3.0, "lost", "foreign-5")
    except httpx.TransportError:
        told["lost"] = balance(login, 3.0, "lost", "foreign-5")["comment"]

    time.sleep(3)

    told["patched"] = MT4User.from_dict(client.mt4.patch_user_record(platform, login, {"leverage": 20})).leverage
    tell("POST", "/expire-tokens")
    batch = unwrap(client.mt4.raw(user_records, logins=[login, 1], **at))
    told["users"] = [MT4User.from_dict(row).balance for row in batch]
    pages = list(client.paged(lambda cursor: client.mt4.users_request(platform, cursor=cursor, limit=1)))
    told["pages"] = [len(page) for page in pages]

    now = datetime.datetime.now(datetime.timezone.utc)
    ago = lambda days: (now - datetime.timedelta(days=days)).isoformat().replace("+00:00", "Z")
    tell("POST", "/backfill", {"login": login, "from": ago(30), "to": ago(1), "trades": 20, "seed": 7})
    tell("POST", "/trade", {"login": login, "symbol": "EURUSD", "side": "buy", "volume": "0.01"})
    rows = unwrap(client.mt4.raw(history, login=login, from_time=now - datetime.timedelta(days=40), **at))
    closed = [MT4Trade.from_dict(row) for row in rows]
    told["comment"] = [trade.comment for trade in closed if trade.order == told["orders"][0]]
    told["trades"] = len([trade for trade in closed if trade.symbol])
    told["sum"] = round(sum(one.profit + one.commission + one.storage + one.taxes for one in closed), 2)
    record = MT4User.from_dict(client.mt4.get_user_record(platform, login))
    told["balance"] = record.balance
    told["diff"] = MT4BalanceDiff.from_dict(unwrap(client.mt4.raw(balance_check, login=login, **at))).diff

    live, meta = client.mt4.trades_request(platform, group="cy-usd-std")
    cached = unwrap(client.mt4.raw(open_trades, login=login, group="cy-usd-std", **at))
    told["open"] = [MT4Trade.from_dict(row).volume_lots for row in [*live, *cached]]
    margin = MT4MarginLevel.from_dict(unwrap(client.mt4.raw(margin_level, login=login, **at)))
    told["margin"] = [margin.login == login, margin.margin > 0, round(margin.equity - margin.margin - margin.free, 2)]
    told["groups"] = [MT4Group.from_dict(row).currency for row in unwrap(client.mt4.raw(groups_request, **at))]
    told["symbols"] = [MT4SymbolConfig.from_dict(row).symbol for row in client.mt4.list_symbol_configs(platform)]
    last = MT4TickInfo.from_dict(unwrap(client.mt4.raw(tick, symbol="EURUSD", **at)))
    told["spread"] = last.ask > last.bid

print(json.dumps(told))
