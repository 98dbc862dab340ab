"""`boto3` and the `aws` command against the S3 side, on the objects that OSS shows too."""

import io
import os
import subprocess
import sys
import tempfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from judge import HOSTILE, KEY_ID, KEY_SECRET, REGION, S3, check, fetch, finish, same

NAME = "s3-data"


def client(key_id=KEY_ID, secret=KEY_SECRET):
    return boto3.client(
        "s3", endpoint_url=S3, aws_access_key_id=key_id, aws_secret_access_key=secret, region_name=REGION,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        same(error.response["Error"]["Code"], code, "the refusal")
        return
    raise AssertionError(f"{code} was expected")


def buckets(c):
    c.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    check(NAME in [b["Name"] for b in c.list_buckets()["Buckets"]], "the list of buckets")
    c.head_bucket(Bucket=NAME)
    refused("404", c.head_bucket, Bucket="no-such-bucket")
    same(c.get_bucket_location(Bucket=NAME)["LocationConstraint"], REGION, "the location")
    same(c.get_bucket_versioning(Bucket=NAME).get("Status"), None, "nothing is versioned")
    refused("NotImplemented", c.get_bucket_lifecycle_configuration, Bucket=NAME)


def objects(c):
    body = b"name,card\nmade up,0000\n" * 1000
    put = c.put_object(Bucket=NAME, Key="dir/a b.csv", Body=body, ContentType="text/csv", Metadata={"team": "payroll"})
    got = c.get_object(Bucket=NAME, Key="dir/a b.csv")
    same(got["Body"].read(), body, "the content")
    same((got["ETag"], got["ContentType"], got["Metadata"]), (put["ETag"], "text/csv", {"team": "payroll"}),
         "its headers")
    part = c.get_object(Bucket=NAME, Key="dir/a b.csv", Range="bytes=5-9")
    same((part["Body"].read(), part["ContentRange"]), (body[5:10], f"bytes 5-9/{len(body)}"), "a part")
    refused("InvalidRange", c.get_object, Bucket=NAME, Key="dir/a b.csv", Range="bytes=999999-")
    head = c.head_object(Bucket=NAME, Key="dir/a b.csv")
    same((head["ContentLength"], head["ETag"]), (len(body), put["ETag"]), "the description")
    c.upload_fileobj(io.BytesIO(body), NAME, "streamed")
    same(c.get_object(Bucket=NAME, Key="streamed")["Body"].read(), body, "a streamed upload")
    c.copy_object(Bucket=NAME, Key="copy é", CopySource={"Bucket": NAME, "Key": "dir/a b.csv"})
    same(c.get_object(Bucket=NAME, Key="copy é")["Metadata"], {"team": "payroll"}, "a copy keeps its headers")
    url = c.generate_presigned_url("get_object", Params={"Bucket": NAME, "Key": "dir/a b.csv"}, ExpiresIn=60)
    same(fetch(url), (200, body), "a signed address opens")
    refused("NoSuchKey", c.get_object, Bucket=NAME, Key="none")
    refused("404", c.head_object, Bucket=NAME, Key="none")
    refused("NoSuchBucket", c.get_object, Bucket="no-such-bucket", Key="k")
    c.delete_object(Bucket=NAME, Key="none")


def listings(c):
    for key in ["l/1", "l/2", "l/d/3", "l/d/4", "l/e"]:
        c.put_object(Bucket=NAME, Key=key, Body=key.encode())
    for version in ("list_objects", "list_objects_v2"):
        found = []
        pages = c.get_paginator(version).paginate(
            Bucket=NAME, Prefix="l/", Delimiter="/", PaginationConfig={"PageSize": 1})
        for page in pages:
            found += [o["Key"] for o in page.get("Contents", [])]
            found += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        same(sorted(found), ["l/1", "l/2", "l/d/", "l/e"], f"the pages of {version}")
    page = c.list_objects_v2(Bucket=NAME, Prefix="l/", StartAfter="l/2")
    same([o["Key"] for o in page["Contents"]], ["l/d/3", "l/d/4", "l/e"], "what stands behind a key")


def hostile(c):
    for key in HOSTILE:
        c.put_object(Bucket=NAME, Key=key, Body=key.encode())
        same(c.get_object(Bucket=NAME, Key=key)["Body"].read(), key.encode(), f"the content of {key!r}")
    listed = [
        o["Key"] for page in c.get_paginator("list_objects_v2").paginate(Bucket=NAME) for o in page["Contents"]
    ]
    check(set(HOSTILE) <= set(listed), "every name comes back in a list as it was")
    removed = c.delete_objects(Bucket=NAME, Delete={"Objects": [{"Key": key} for key in HOSTILE]})
    same(len(removed["Deleted"]), len(HOSTILE), "every name was removed")
    left = c.list_objects_v2(Bucket=NAME).get("Contents", [])
    check(not set(HOSTILE) & {o["Key"] for o in left}, "none of them is left")


def strangers():
    refused("InvalidAccessKeyId", client("LTAI5tMadeUpUnknownKey01").get_object, Bucket=NAME, Key="copy é")
    refused("SignatureDoesNotMatch", client(secret="wrong").get_object, Bucket=NAME, Key="copy é")
    same(fetch(f"{S3}/{NAME}/streamed")[0], 403, "nobody reads what is private")


def command_line():
    environment = {
        **os.environ, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY_SECRET,
        "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": S3, "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }

    def aws(*words):
        command = [sys.executable, "-m", "awscli", *words]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "up.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("hello\n" * 1000)
        aws("s3", "cp", path, f"s3://{NAME}/cli/up.txt")
        check("cli/up.txt" in aws("s3", "ls", f"s3://{NAME}/", "--recursive"), "the command lists it")
        aws("s3", "cp", f"s3://{NAME}/cli/up.txt", path + ".back")
        with open(path + ".back", encoding="utf-8") as file:
            same(file.read(), "hello\n" * 1000, "the content through the command")
        aws("s3", "rm", f"s3://{NAME}/cli/", "--recursive")
        check("cli/up.txt" not in aws("s3", "ls", f"s3://{NAME}/", "--recursive"), "the command removed it")


def main():
    c = client()
    buckets(c)
    objects(c)
    listings(c)
    hostile(c)
    strangers()
    command_line()
    refused("BucketNotEmpty", c.delete_bucket, Bucket=NAME)
    finish()


main()
