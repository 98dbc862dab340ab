"""The official clients of the Log Service, `aliyun-log-python-sdk`, and of ActionTrail,
`alibabacloud-actiontrail20200706`: what was done is there, and what is not there is refused."""

import datetime
import os
import time

import oss2
from aliyun.log import LogClient, LogException
from aliyun.log.auth import AUTH_VERSION_4
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_tea_openapi import models as open_api

from accounts import ram, sts
from judge import KEY_ID, KEY_SECRET, OSS, REGION, check, finish, same

SLS = os.environ["JUDGE_SLS_ENDPOINT"]
RAM = os.environ["JUDGE_RAM_ENDPOINT"]


def refused(code, call):
    try:
        call()
    except LogException as error:
        same(error.get_error_code(), code, f"refused with {code}")
    else:
        check(False, f"refused with {code}")


def log_client(secret=KEY_SECRET):
    client = LogClient(SLS, KEY_ID, secret, auth_version=AUTH_VERSION_4, region=REGION)
    # An address in numbers with a port is one all the same: the project stands in `Host` alone.
    client._isRowIp = True
    return client


uid = sts().get_caller_identity().body.account_id
project, store = f"oss-log-{uid}-{REGION}", "oss-log-store"
bucket = oss2.Bucket(oss2.Auth(KEY_ID, KEY_SECRET), OSS, "judged-logs", is_path_style=True)
bucket.create_bucket()
for number in range(5):
    bucket.put_object(f"ä {number}.txt", b"made up")

client = log_client()
shards = client.list_shards(project, store).get_shards_info()
same([shard["shardID"] for shard in shards], [0], "one shard")
cursor = client.get_cursor(project, store, 0, "begin").get_cursor()
found = []
while True:
    pulled = client.pull_logs(project, store, 0, cursor, count=4, compress=False)
    for group in pulled.get_flatten_logs_json():
        found.append(group)
    if pulled.get_next_cursor() == cursor:
        break
    cursor = pulled.get_next_cursor()
puts = [one for one in found if one["operation"] == "PutObject"]
same(len(puts), 5, "every request is a record")
same({one["access_id"] for one in puts}, {KEY_ID}, "a record names the key")
check(abs(int(puts[0]["__time__"]) - time.time()) < 60, "a record has its time")
end = client.get_cursor(project, store, 0, "end").get_cursor()
same(end, cursor, "the end is where reading ended")
later = client.get_cursor(project, store, 0, int(time.time()) + 60).get_cursor()
same(later, end, "nothing came later")
refused("ProjectNotExist", lambda: client.list_shards("nobody", store))
refused("LogStoreNotExist", lambda: client.list_shards(project, "nothing"))
refused("InvalidCursor", lambda: client.pull_logs(project, store, 0, "nonsense", compress=False))
refused("SignatureNotMatch", lambda: log_client("wrong").list_shards(project, store))

ram().list_users(__import__("alibabacloud_ram20150501").models.ListUsersRequest())
trail = Client(open_api.Config(access_key_id=KEY_ID, access_key_secret=KEY_SECRET,
                               endpoint=RAM.split("//")[1], protocol="http", region_id=REGION))
now = datetime.datetime.now(datetime.timezone.utc)
stamp = lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ")
attribute = m.LookupEventsRequestLookupAttribute(key="EventName", value="ListUsers")
asked = dict(start_time=stamp(now - datetime.timedelta(hours=1)),
             end_time=stamp(now + datetime.timedelta(minutes=1)), direction="FORWARD")
events = trail.lookup_events(m.LookupEventsRequest(lookup_attribute=[attribute], **asked)).body.events
same(len(events), 1, "the call is an event")
same(events[0]["userIdentity"]["accessKeyId"], KEY_ID, "an event names the key")
seen, token = [], None
while True:
    page = trail.lookup_events(
        m.LookupEventsRequest(max_results="1", next_token=token, **asked)).body
    seen += [event["eventId"] for event in page.events]
    token = page.next_token
    if not token or len(seen) > 20:
        break
check(len(seen) == len(set(seen)) >= 3, "pages hold each event once")
finish()
