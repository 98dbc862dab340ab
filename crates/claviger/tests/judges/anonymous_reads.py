"""Sets access to objects of an S3 store by the official client, and asks for each without a signature.

Arguments: endpoint, key id, secret, object, file with a JSON list of cases. Prints the statuses as JSON.
"""

import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, key, secret, name, path = sys.argv[1:]
config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3})
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
                  region_name="us-east-1", config=config)
HALVES = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]


def status(bucket):
    try:
        with urllib.request.urlopen(f"{endpoint}/{bucket}/{name}", timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def block(bucket, case):
    if case["block"]:
        halves = dict(zip(HALVES, case["block"]))
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=halves)


def set_lists(bucket, case):
    s3.put_object_acl(Bucket=bucket, Key=name, ACL=case["object_acl"])
    s3.put_bucket_acl(Bucket=bucket, ACL=case["bucket_acl"])
    if case["policy"]:
        policy = json.dumps({"Version": "2012-10-17", "Statement": case["policy"]})
        s3.put_bucket_policy(Bucket=bucket, Policy=policy.replace("BUCKET", bucket))


def furnish(bucket, case):
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=name, Body=b"made up")
    if not case["block_first"]:
        set_lists(bucket, case)
        block(bucket, case)
        return
    block(bucket, case)
    try:
        set_lists(bucket, case)
    except ClientError as error:
        # A block that stands refuses what would open the bucket; what was set before stays.
        if error.response["Error"]["Code"] != "AccessDenied":
            raise


with open(path, encoding="utf-8") as file:
    cases = json.load(file)
statuses = []
for number, case in enumerate(cases):
    furnish(f"case-{number}", case)
    statuses.append(status(f"case-{number}"))
print(json.dumps(statuses))
