"""The second official client of OSS, `alibabacloud-oss-v2`, through every call, with the signature named."""

import datetime
import json
import sys

import alibabacloud_oss_v2 as oss

from judge import HOSTILE, KEY_ID, KEY_SECRET, OSS, REGION, check, fetch, finish, same

VERSION = sys.argv[1]
NAME, LOGS = f"ossv2-{VERSION}-data", f"ossv2-{VERSION}-logs"


def client(key_id=KEY_ID, secret=KEY_SECRET):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(key_id, secret)
    config.region, config.endpoint = REGION, OSS
    config.use_path_style, config.signature_version = True, VERSION
    config.retry_max_attempts = 1
    return oss.Client(config)


def refused(code, call, request):
    try:
        call(request)
    except oss.exceptions.OperationError as error:
        cause = error.unwrap()
        same(cause.code, code, "the refusal")
        check(cause.request_id, "a refusal has a request id")
        return cause
    raise AssertionError(f"{code} was expected")


def buckets(c):
    c.put_bucket(oss.PutBucketRequest(NAME, acl="private"))
    c.put_bucket(oss.PutBucketRequest(LOGS))
    listed = c.list_buckets(oss.ListBucketsRequest(prefix=f"ossv2-{VERSION}"))
    same([b.name for b in listed.buckets], [NAME, LOGS], "the list of buckets")
    check(all(b.extranet_endpoint in OSS for b in listed.buckets), "the endpoint is this practice cloud")
    check(c.is_bucket_exist(NAME) and not c.is_bucket_exist("no-such-bucket"), "which buckets there are")
    info = c.get_bucket_info(oss.GetBucketInfoRequest(NAME)).bucket_info
    same((info.name, info.acl, info.block_public_access), (NAME, "private", False), "the info")
    location = c.get_bucket_location(oss.GetBucketLocationRequest(NAME))
    same(location.location, f"oss-{REGION}", "the location")


def switches(c):
    c.put_bucket_acl(oss.PutBucketAclRequest(NAME, acl="public-read"))
    same(c.get_bucket_acl(oss.GetBucketAclRequest(NAME)).acl, "public-read", "the list of a bucket")
    c.put_bucket_acl(oss.PutBucketAclRequest(NAME, acl="private"))
    block = oss.PublicAccessBlockConfiguration(block_public_access=True)
    public = oss.PutBucketAclRequest(NAME, acl="public-read")

    c.put_bucket_public_access_block(oss.PutBucketPublicAccessBlockRequest(
        bucket=NAME, public_access_block_configuration=block))
    got = c.get_bucket_public_access_block(oss.GetBucketPublicAccessBlockRequest(bucket=NAME))
    same(got.public_access_block_configuration.block_public_access, True, "the bucket's switch")
    refused("AccessDenied", c.put_bucket_acl, public)
    c.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(bucket=NAME))

    c.put_public_access_block(oss.PutPublicAccessBlockRequest(public_access_block_configuration=block))
    got = c.get_public_access_block(oss.GetPublicAccessBlockRequest())
    same(got.public_access_block_configuration.block_public_access, True, "the account's switch")
    refused("AccessDenied", c.put_bucket_acl, public)
    c.delete_public_access_block(oss.DeletePublicAccessBlockRequest())
    got = c.get_public_access_block(oss.GetPublicAccessBlockRequest())
    same(got.public_access_block_configuration.block_public_access, False, "the switch is gone")


def policies(c):
    refused("NoSuchBucketPolicy", c.get_bucket_policy, oss.GetBucketPolicyRequest(bucket=NAME))
    policy = {"Version": "1", "Statement": [{
        "Effect": "Allow", "Action": ["oss:GetObject"], "Principal": ["*"],
        "Resource": [f"acs:oss:*:*:{NAME}/open/*"],
    }]}
    c.put_bucket_policy(oss.PutBucketPolicyRequest(bucket=NAME, body=json.dumps(policy)))
    got = c.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=NAME))
    same(json.loads(got.body), policy, "the policy comes back")
    status = c.get_bucket_policy_status(oss.GetBucketPolicyStatusRequest(bucket=NAME))
    same(status.policy_status.is_public, True, "a policy for everybody is public")
    c.put_object(oss.PutObjectRequest(NAME, "open/a", body=b"1"))
    same(fetch(f"{OSS}/{NAME}/open/a"), (200, b"1"), "everybody reads what the policy opens")
    c.delete_bucket_policy(oss.DeleteBucketPolicyRequest(bucket=NAME))
    same(fetch(f"{OSS}/{NAME}/open/a")[0], 403, "and no longer without it")
    c.delete_object(oss.DeleteObjectRequest(NAME, "open/a"))


def logging(c):
    target = oss.LoggingEnabled(target_bucket=LOGS, target_prefix="log/")
    c.put_bucket_logging(oss.PutBucketLoggingRequest(
        bucket=NAME, bucket_logging_status=oss.BucketLoggingStatus(logging_enabled=target)))
    got = c.get_bucket_logging(oss.GetBucketLoggingRequest(bucket=NAME)).bucket_logging_status
    same(got.logging_enabled.target_bucket, LOGS, "where the log goes")
    c.delete_bucket_logging(oss.DeleteBucketLoggingRequest(bucket=NAME))
    got = c.get_bucket_logging(oss.GetBucketLoggingRequest(bucket=NAME)).bucket_logging_status
    check(not (got and got.logging_enabled), "logging is off")
    c.put_bucket_logging(oss.PutBucketLoggingRequest(
        bucket=NAME, bucket_logging_status=oss.BucketLoggingStatus(logging_enabled=target)))


def objects(c):
    body = b"name,card\nmade up,0000\n" * 100
    put = c.put_object(oss.PutObjectRequest(
        NAME, "dir/a b.csv", body=body, acl="private", content_type="text/csv", metadata={"team": "payroll"}))
    got = c.get_object(oss.GetObjectRequest(NAME, "dir/a b.csv"))
    same(got.body.content, body, "the content")
    same((got.etag, got.content_type, got.metadata["team"]), (put.etag, "text/csv", "payroll"), "its headers")
    part = c.get_object(oss.GetObjectRequest(NAME, "dir/a b.csv", range_header="bytes=5-9"))
    same((part.status_code, part.body.content), (206, body[5:10]), "a part")
    head = c.head_object(oss.HeadObjectRequest(NAME, "dir/a b.csv"))
    same((head.content_length, head.etag), (len(body), put.etag), "the description")
    meta = c.get_object_meta(oss.GetObjectMetaRequest(NAME, "dir/a b.csv"))
    same((meta.content_length, meta.etag), (len(body), put.etag), "the short description")
    acl = c.get_object_acl(oss.GetObjectAclRequest(NAME, "dir/a b.csv"))
    same(acl.acl, "private", "the list of an object")
    c.put_object_acl(oss.PutObjectAclRequest(NAME, "dir/a b.csv", acl="default"))
    copy = oss.CopyObjectRequest(NAME, "copy é", source_bucket=NAME, source_key="dir/a b.csv")
    same(c.copy_object(copy).etag, put.etag, "a copy has the same digest")
    signed = c.presign(oss.GetObjectRequest(NAME, "dir/a b.csv"), expires=datetime.timedelta(seconds=60))
    same(fetch(signed.url), (200, body), "a signed address opens")
    refused("NoSuchKey", c.get_object, oss.GetObjectRequest(NAME, "none"))
    refused("NoSuchKey", c.head_object, oss.HeadObjectRequest(NAME, "none"))
    check(not c.is_object_exist(NAME, "none"), "what there is not")
    again = oss.PutObjectRequest(NAME, "dir/a b.csv", body=b"x", forbid_overwrite=True)
    refused("FileAlreadyExists", c.put_object, again)
    same(c.delete_object(oss.DeleteObjectRequest(NAME, "none")).status_code, 204, "to delete nothing is fine")


def listings(c):
    for key in ["l/1", "l/2", "l/d/3", "l/d/4", "l/e"]:
        c.put_object(oss.PutObjectRequest(NAME, key, body=key.encode()))
    for paginator, request in (
        (c.list_objects_paginator(), oss.ListObjectsRequest(NAME, prefix="l/", delimiter="/", max_keys=1)),
        (c.list_objects_v2_paginator(), oss.ListObjectsV2Request(NAME, prefix="l/", delimiter="/", max_keys=1)),
    ):
        found = []
        for page in paginator.iter_page(request):
            found += [o.key for o in page.contents or []] + [p.prefix for p in page.common_prefixes or []]
        same(sorted(found), ["l/1", "l/2", "l/d/", "l/e"], "the pages")
    stat = c.get_bucket_stat(oss.GetBucketStatRequest(NAME))
    check(stat.object_count >= 5 and stat.storage > 0, "how much is in it")


def hostile(c):
    for key in HOSTILE:
        c.put_object(oss.PutObjectRequest(NAME, key, body=key.encode()))
        got = c.get_object(oss.GetObjectRequest(NAME, key))
        same(got.body.content, key.encode(), f"the content of {key!r}")
    listed = [
        o.key for page in c.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(NAME))
        for o in page.contents or []
    ]
    check(set(HOSTILE) <= set(listed), "every name comes back in a list as it was")
    removed = c.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(
        NAME, encoding_type="url", objects=[oss.DeleteObject(key=key) for key in HOSTILE]))
    same(sorted(o.key for o in removed.deleted_objects), sorted(HOSTILE), "every name was removed")


def strangers():
    unknown = client("LTAI5tMadeUpUnknownKey01")
    cause = refused("InvalidAccessKeyId", unknown.get_object, oss.GetObjectRequest(NAME, "copy é"))
    same((cause.status_code, cause.ec), (403, "0002-00000902"), "the finer number")
    refused("InvalidAccessKeyId", unknown.head_object, oss.HeadObjectRequest(NAME, "copy é"))
    wrong = client(secret="wrong")
    refused("SignatureDoesNotMatch", wrong.get_object, oss.GetObjectRequest(NAME, "copy é"))


def main():
    c = client()
    buckets(c)
    switches(c)
    policies(c)
    logging(c)
    objects(c)
    listings(c)
    hostile(c)
    strangers()
    refused("BucketNotEmpty", c.delete_bucket, oss.DeleteBucketRequest(NAME))
    finish()


main()
