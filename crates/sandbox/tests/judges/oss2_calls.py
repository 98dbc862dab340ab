"""The first official client of OSS, `oss2`, through every call, with the signature that is named."""

import json
import sys

import oss2
from oss2.models import BatchDeleteObjectsResult, BucketLogging

from judge import DOTTED, HOSTILE, KEY_ID, KEY_SECRET, OSS, REGION, check, fetch, finish, same

VERSION = sys.argv[1]
NAME, LOGS = f"oss2-{VERSION}-data", f"oss2-{VERSION}-logs"


def auth(key_id=KEY_ID, secret=KEY_SECRET):
    return oss2.AuthV4(key_id, secret) if VERSION == "v4" else oss2.Auth(key_id, secret)


def bucket(name, who=None):
    return oss2.Bucket(who or auth(), OSS, name, is_path_style=True, region=REGION)


def refused(code, call):
    try:
        call()
    except oss2.exceptions.ServerError as error:
        same(error.code, code, "the refusal")
        check(error.request_id, "a refusal has a request id")
        return error
    raise AssertionError(f"{code} was expected")


def buckets(data, service):
    data.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    bucket(LOGS).create_bucket()
    listed = service.list_buckets(prefix=f"oss2-{VERSION}")
    same([b.name for b in listed.buckets], [NAME, LOGS], "the list of buckets")
    page = service.list_buckets(prefix=f"oss2-{VERSION}", max_keys=1)
    check(page.is_truncated, "a short page says that there is more")
    rest = service.list_buckets(prefix=f"oss2-{VERSION}", marker=page.next_marker)
    same([b.name for b in rest.buckets], [LOGS], "the second page")
    info = data.get_bucket_info()
    same((info.name, info.acl.grant, info.location), (NAME, "private", f"oss-{REGION}"), "the info")
    check(info.extranet_endpoint in OSS, "the endpoint is this practice cloud")
    same(data.get_bucket_location().location, f"oss-{REGION}", "the location")


def switches(data, service):
    data.put_bucket_acl("public-read")
    same(data.get_bucket_acl().acl, "public-read", "the list of a bucket")
    data.put_bucket_acl("private")
    for switch in (data, service):
        put, get, delete = (
            (switch.put_bucket_public_access_block, switch.get_bucket_public_access_block,
             switch.delete_bucket_public_access_block)
            if switch is data else
            (switch.put_public_access_block, switch.get_public_access_block,
             switch.delete_public_access_block)
        )
        same(get().block_public_access, False, "nothing is blocked at first")
        put(True)
        same(get().block_public_access, True, "public access is blocked")
        error = refused("AccessDenied", lambda: data.put_bucket_acl("public-read"))
        same(error.message, "Put public bucket acl is not allowed", "the reason")
        refused("AccessDenied", lambda: data.put_object("p", b"", headers={"x-oss-object-acl": "public-read"}))
        delete()
        same(get().block_public_access, False, "the switch is gone")


def policies(data):
    refused("NoSuchBucketPolicy", data.get_bucket_policy)
    policy = {"Version": "1", "Statement": [{
        "Effect": "Deny", "Action": ["oss:GetObject"], "Principal": ["*"],
        "Resource": [f"acs:oss:*:*:{NAME}/secret/*"],
    }]}
    data.put_bucket_policy(json.dumps(policy))
    same(json.loads(data.get_bucket_policy().policy), policy, "the policy comes back")
    data.put_object("secret/a", b"1")
    same(data.get_object("secret/a").read(), b"1", "a star alone does not mean the owner")
    policy["Statement"][0]["Condition"] = {"Bool": {"acs:SecureTransport": ["false"]}}
    data.put_bucket_policy(json.dumps(policy))
    refused("AccessDenied", lambda: data.get_object("secret/a"))
    data.delete_bucket_policy()
    same(data.get_object("secret/a").read(), b"1", "without the policy it may be read")
    refused("InvalidPolicyDocument", lambda: data.put_bucket_policy("{"))
    data.delete_object("secret/a")


def logging(data):
    same(data.get_bucket_logging().target_bucket, "", "logging is off at first")
    data.put_bucket_logging(BucketLogging(LOGS, "first/"))
    found = data.get_bucket_logging()
    same((found.target_bucket, found.target_prefix), (LOGS, "first/"), "where the log goes")
    data.delete_bucket_logging()
    same(data.get_bucket_logging().target_bucket, "", "logging is off again")
    refused("InvalidTargetBucketForLogging",
            lambda: data.put_bucket_logging(BucketLogging("no-such-bucket", "")))
    data.put_bucket_logging(BucketLogging(LOGS, "log/"))


def objects(data):
    body = b"name,card\nmade up,0000\n" * 100
    put = data.put_object("dir/a b.csv", body, headers={
        "Content-Type": "text/csv", "x-oss-object-acl": "private", "x-oss-meta-team": "payroll"})
    check(put.etag and put.crc is not None, "a write answers its digests")
    got = data.get_object("dir/a b.csv")
    same(got.read(), body, "the content")
    same((got.content_type, got.headers["x-oss-meta-team"]), ("text/csv", "payroll"), "its headers")
    part = data.get_object("dir/a b.csv", byte_range=(5, 9))
    same((part.status, part.read()), (206, body[5:10]), "a part")
    same(part.headers["Content-Range"], f"bytes 5-9/{len(body)}", "which part")
    same(data.get_object("dir/a b.csv", byte_range=(None, 4)).read(), body[-4:], "the end")
    head = data.head_object("dir/a b.csv")
    same((head.content_length, head.etag), (len(body), put.etag), "the description")
    meta = data.get_object_meta("dir/a b.csv")
    same((meta.content_length, meta.etag), (len(body), put.etag), "the short description")
    check(data.object_exists("dir/a b.csv") and not data.object_exists("none"), "what there is")
    same(data.get_object_acl("dir/a b.csv").acl, "private", "the list of an object")
    data.put_object_acl("dir/a b.csv", "public-read")
    url = f"{OSS}/{NAME}/dir%2Fa%20b.csv"
    same(fetch(url), (200, body), "anybody reads what is public")
    data.put_object_acl("dir/a b.csv", "default")
    same(fetch(url)[0], 403, "nobody reads what is private again")
    copied = data.copy_object(NAME, "dir/a b.csv", "copy é")
    same(copied.etag, put.etag, "a copy has the same digest")
    same(data.get_object("copy é").headers["x-oss-meta-team"], "payroll", "and the same headers")
    same(fetch(data.sign_url("GET", "dir/a b.csv", 60)), (200, body), "a signed address opens")
    same(fetch(data.sign_url("GET", "dir/a b.csv", 60) + "x")[0], 403, "a changed one does not")
    refused("NoSuchKey", lambda: data.get_object("none"))
    refused("NoSuchKey", lambda: data.get_object_acl("none"))
    refused("InvalidDigest", lambda: data.put_object("m", b"x", headers={"Content-MD5": "AAAA"}))
    wrong = {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    refused("BadDigest", lambda: data.put_object("m", b"x", headers=wrong))
    check(not data.object_exists("m"), "a refused write leaves nothing")
    same(data.delete_object("none").status, 204, "to delete nothing is fine")


def listings(data):
    for key in ["l/1", "l/2", "l/d/3", "l/d/4", "l/e"]:
        data.put_object(key, key)
    for call in (oss2.ObjectIterator, oss2.ObjectIteratorV2):
        found = [(o.key, o.is_prefix()) for o in call(data, prefix="l/", delimiter="/", max_keys=1)]
        same(sorted(found), [("l/1", False), ("l/2", False), ("l/d/", True), ("l/e", False)], "a page")
    page = data.list_objects_v2(prefix="l/", start_after="l/2", fetch_owner=True)
    same([o.key for o in page.object_list], ["l/d/3", "l/d/4", "l/e"], "what stands behind a key")
    check(page.object_list[0].owner.id, "the owner is told")
    stat = data.get_bucket_stat()
    total = sum(o.size for o in oss2.ObjectIterator(data))
    same(stat.storage_size_in_bytes, total, "the size of a bucket is that of its objects")


def hostile(data):
    keys = [*HOSTILE, DOTTED]
    for key in keys:
        data.put_object(key, key.encode())
        same(data.get_object(key).read(), key.encode(), f"the content of {key!r}")
    for call in (oss2.ObjectIterator, oss2.ObjectIteratorV2):
        listed = [o.key for o in call(data, max_keys=3)]
        check(set(keys) <= set(listed), "every name comes back in a list as it was")
    removed = data.batch_delete_objects(keys)
    check(isinstance(removed, BatchDeleteObjectsResult), "the answer can be read")
    same(sorted(removed.deleted_keys), sorted(keys), "every name was removed as it was")


def strangers(data):
    unknown = auth("LTAI5tMadeUpUnknownKey01", KEY_SECRET)
    refused("InvalidAccessKeyId", lambda: bucket(NAME, unknown).get_object("copy é"))
    error = refused("SignatureDoesNotMatch",
                    lambda: bucket(NAME, auth(KEY_ID, "wrong")).get_object("copy é"))
    check(error.details.get("StringToSign"), "the refusal says what was to be signed")
    refused("AccessDenied", lambda: bucket(NAME, oss2.AnonymousAuth()).get_object("copy é"))
    refused("NoSuchBucket", lambda: bucket("no-such-bucket").get_object("k"))
    # For HEAD the document comes in a header.
    try:
        bucket(NAME, unknown).head_object("copy é")
    except oss2.exceptions.ServerError as error:
        same(error.status, 403, "the status of a refused HEAD")
    refused("BucketNotEmpty", data.delete_bucket)


def main():
    data, service = bucket(NAME), oss2.Service(auth(), OSS, region=REGION)
    buckets(data, service)
    switches(data, service)
    policies(data)
    logging(data)
    objects(data)
    listings(data)
    hostile(data)
    strangers(data)
    spare = bucket(f"oss2-{VERSION}-spare")
    spare.create_bucket("public-read")
    same(spare.get_bucket_acl().acl, "public-read", "a bucket may be made public")
    spare.delete_bucket()
    refused("NoSuchBucket", spare.get_bucket_info)
    finish()


main()
