"""Lets one user make requests under policies, and prints which were let pass, as JSON.

Arguments: `bucket` or `user`, endpoint, the owner's key id and secret, the user's key id and secret, file with a
JSON list of cases. With `bucket` each case's policy is that of a bucket of its own and the user is given; with
`user` it is the inline policy of a user of its own. A policy that the server does not take answers null.
"""

import json
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

whose, endpoint, key, secret, user_key, user_secret, path = sys.argv[1:]
config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2},
                request_checksum_calculation="when_required", user_agent="claviger-judge/1")


def client(service, pair):
    return boto3.client(service, endpoint_url=endpoint, aws_access_key_id=pair[0], aws_secret_access_key=pair[1],
                        region_name="us-east-1", config=config)


class Caller:
    """A client that comes from whatever address a request names."""

    def __init__(self, pair):
        self.address = None
        self.s3 = client("s3", pair)
        self.s3.meta.events.register("before-send.s3", self.forward)

    def forward(self, request, **_):
        if self.address:
            request.headers["X-Forwarded-For"] = self.address

    def passes(self, bucket, request):
        self.address = request.get("address")
        name = request.get("object")
        calls = {
            "GetObject": lambda: self.s3.get_object(Bucket=bucket, Key=name),
            "PutObject": lambda: self.s3.put_object(Bucket=bucket, Key=name, Body=b"x"),
            "DeleteObject": lambda: self.s3.delete_object(Bucket=bucket, Key=name),
            "ListBucket": lambda: self.s3.list_objects(
                Bucket=bucket, **({"Prefix": request["prefix"]} if "prefix" in request else {})),
        }
        try:
            calls[request["action"]]()
            return True
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                raise
            return False


def furnished(owner, bucket):
    owner.create_bucket(Bucket=bucket)
    for name in ["a/1.txt", "b/2.txt"]:
        owner.put_object(Bucket=bucket, Key=name, Body=b"made up")


def of_buckets(cases):
    owner, caller = client("s3", (key, secret)), Caller((user_key, user_secret))
    for number, case in enumerate(cases):
        bucket = f"case-{number}"
        furnished(owner, bucket)
        policy = json.dumps(case["policy"]).replace("BUCKET", bucket)
        try:
            owner.put_bucket_policy(Bucket=bucket, Policy=policy)
        except ClientError:
            yield None
            continue
        yield [caller.passes(bucket, request) for request in case["requests"]]


def of_users(cases):
    iam = client("iam", (key, secret))
    furnished(client("s3", (key, secret)), "bucket")
    pairs = []
    for number, case in enumerate(cases):
        name = f"user-{number}"
        iam.create_user(UserName=name)
        policy = json.dumps(case["policy"]).replace("BUCKET", "bucket")
        iam.put_user_policy(UserName=name, PolicyName="judged", PolicyDocument=policy)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        pairs.append((made["AccessKeyId"], made["SecretAccessKey"]))
    # From now on moto enforces what was set.
    enforce = urllib.request.Request(f"{endpoint}/moto-api/reset-auth", data=b"0", method="POST",
                                     headers={"Content-Type": "text/plain"})
    urllib.request.urlopen(enforce).close()
    for pair, case in zip(pairs, cases):
        caller = Caller(pair)
        yield [caller.passes("bucket", request) for request in case["requests"]]


with open(path, encoding="utf-8") as file:
    read = json.load(file)
print(json.dumps(list(of_buckets(read) if whose == "bucket" else of_users(read))))
