"""What an administrator is told of the stores."""
import json
import re
import urllib.error
import urllib.request

import pytest
from data_stores import EVERY_DATA_STORE
from gannet import Gannet


@EVERY_DATA_STORE
def test_how_a_store_does(gannet, data_store):
    gannet.send("counted")
    store, = json.loads(gannet.run("store", "status", "--json").stdout)
    assert (store["id"], store["type"]) == (data_store.type, data_store.type)
    assert store["roles"] == ["data", "blob", "fts", "lookup"]
    assert store["writable"] is True and store["reason"] == ""
    for kind in ("reads", "writes"):
        calls = store[kind]
        assert calls["count"] > 0 and calls["errors"] == 0
        assert 0 < calls["p50Ms"] <= calls["p95Ms"] <= calls["p99Ms"] < 60_000
    pool = store["pool"]
    if data_store.type == "rocksdb":
        assert pool is None
    else:
        assert 0 < pool["open"] and pool["inUse"] <= pool["open"] and pool["exhausted"] == 0
    gannet.send("counted, too")
    after, = json.loads(gannet.run("store", "status", "--json").stdout)
    assert after["writes"]["count"] > store["writes"]["count"]
    text = gannet.run("store", "status").stdout
    assert data_store.type in text and "takes writes" in text and "p95" in text


@pytest.mark.parametrize("data_store", ["postgresql", "mysql"], indirect=True)
def test_a_wrong_setting_of_a_database_is_named(tmp_path, data_store):
    server = Gannet(tmp_path, store=data_store)
    good = server.config.read_text()
    database = re.search(r'\.database\s*=\s*"([^"]*)"', good)[1]
    for key, value, named in (("password", '"wrong"', "password"), ("database", '"nowhere"', "database"), ("port", "1", "host")):
        wrong = re.sub(rf"(?m)^(store\.\w+\.{key}\s*=\s*).*$", rf"\g<1>{value}", good)
        assert wrong != good, good
        server.config.write_text(wrong)
        check = server.run("config", "check", "--connect", str(server.config), check=False)
        line = next(number for number, text in enumerate(wrong.splitlines(), 1) if re.match(rf"store\.\w+\.{named}\s*=", text))
        assert check.returncode == 1 and f"{server.config}:{line}" in check.stderr, check.stderr
        assert f"store.{data_store.type}.{named}" in check.stderr, check.stderr

    # A role that may only read.
    sql, type_ = data_store.server.sql, data_store.type
    if type_ == "postgresql":
        sql(f"create role reader_{database} login password 'reads'")
        sql(f"grant select on all tables in schema public to reader_{database}", database)
    else:
        sql(f"create user 'reader_{database}'@'127.0.0.1' identified by 'reads'")
        sql(f"grant select on {database}.* to 'reader_{database}'@'127.0.0.1'")
    reader = re.sub(r"(?m)^(store\.\w+\.user\s*=\s*).*$", rf'\g<1>"reader_{database}"', good)
    server.config.write_text(re.sub(r"(?m)^(store\.\w+\.password\s*=\s*).*$", r'\g<1>"reads"', reader))
    for command in (("config", "check", "--connect", str(server.config)), ("serve", "--config", str(server.config))):
        refused = server.run(*command, check=False)
        assert refused.returncode == 1 and f"store.{type_}.user" in refused.stderr, refused.stderr
        assert "SELECT, INSERT, UPDATE and DELETE" in refused.stderr


def test_what_nobody_needs_goes_when_it_is_told_to(tmp_path):
    settings = {"store.rocksdb.purge.grace": "10m", "store.rocksdb.purge.frequency": "0 3 *"}
    with Gannet(tmp_path, settings=settings) as server:
        server.send("kept")
        server.send("removed")
        with server.imap(select="INBOX") as client:
            client.store("2", "+FLAGS", "(\\Deleted)")
            client.expunge()
        done = json.loads(server.run("store", "purge", "blob", "--json").stdout)
        assert done["examined"] >= 1 and done["removed"] == 0, "it is kept for the time of grace"
        assert "removed" in server.run("store", "purge", "lookup").stdout
        assert server.run("store", "purge", "everything", check=False).returncode != 0


def test_only_an_administrator_is_told(gannet):
    login = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    url = f"http://127.0.0.1:{gannet.ports['http']}/api/store/status"
    login.add_password(None, url, "alice@demo.test", gannet.passwords["alice@demo.test"])
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(login)).open(url)
    assert refused.value.code == 403
