"""`boto3` against what an AWS account has beside S3: `sts`, `secretsmanager`, `s3control` and `cloudtrail`."""

import datetime
import json
import socket
import time
import uuid

import boto3
import oss2
from botocore.config import Config
from botocore.exceptions import ClientError

from accounts import ram, user
from judge import AWS, KEY_ID, KEY_SECRET, OSS, REGION, S3, check, fetch, finish, same

ALL = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]

# The client puts the account's number before the endpoint's host: that name is looked up here.
_look_up = socket.getaddrinfo


def _on_loopback(host, *words, **more):
    return _look_up("127.0.0.1" if str(host).endswith(".127.0.0.1") else host, *words, **more)


socket.getaddrinfo = _on_loopback


def client(service, key_id=KEY_ID, secret=KEY_SECRET, region=REGION, endpoint=AWS):
    return boto3.client(
        service, endpoint_url=endpoint, aws_access_key_id=key_id, aws_secret_access_key=secret, region_name=region,
        config=Config(retries={"total_max_attempts": 1}))


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        same(error.response["Error"]["Code"], code, f"the refusal ({error})")
        return
    raise AssertionError(f"{code} was expected")


def token():
    return str(uuid.uuid4())


def stages(c, name):
    return c.describe_secret(SecretId=name)["VersionIdsToStages"]


def secrets(pair):
    c = client("secretsmanager")
    first, second, third = token(), token(), token()
    refused("ResourceNotFoundException", c.describe_secret, SecretId="app/key")
    refused("ResourceNotFoundException", c.put_secret_value, SecretId="app/key", SecretString="x")
    made = c.create_secret(Name="app/key", SecretString="one", ClientRequestToken=first)
    same((made["VersionId"], made["Name"]), (first, "app/key"), "the new secret")
    same(c.create_secret(Name="app/key", SecretString="one", ClientRequestToken=first)["ARN"], made["ARN"],
         "asking twice is asking once")
    refused("ResourceExistsException", c.create_secret, Name="app/key", SecretString="other")
    put = c.put_secret_value(SecretId=made["ARN"], SecretString="two", ClientRequestToken=second)
    same((put["VersionId"], put["VersionStages"]), (second, ["AWSCURRENT"]), "the new version")
    same(stages(c, "app/key"), {first: ["AWSPREVIOUS"], second: ["AWSCURRENT"]}, "the stages")
    c.put_secret_value(SecretId="app/key", SecretString="two", ClientRequestToken=second)
    refused("ResourceExistsException", c.put_secret_value, SecretId="app/key", SecretString="three",
            ClientRequestToken=second)
    same(c.get_secret_value(SecretId="app/key")["SecretString"], "two", "the value that is handed out")
    same(c.get_secret_value(SecretId="app/key", VersionStage="AWSPREVIOUS")["SecretString"], "one", "the one before")
    same(c.get_secret_value(SecretId="app/key", VersionId=first)["SecretString"], "one", "a version by its id")
    c.put_secret_value(SecretId="app/key", SecretString="three", ClientRequestToken=third)
    same(stages(c, "app/key"), {second: ["AWSPREVIOUS"], third: ["AWSCURRENT"]}, "the oldest has no stage")
    refused("InvalidParameterException", c.update_secret_version_stage, SecretId="app/key",
            VersionStage="AWSCURRENT", MoveToVersionId=second)
    c.update_secret_version_stage(SecretId="app/key", VersionStage="AWSCURRENT", MoveToVersionId=second,
                                  RemoveFromVersionId=third)
    same(stages(c, "app/key"), {second: ["AWSCURRENT"], third: ["AWSPREVIOUS"]}, "the one before is back")
    same(c.get_secret_value(SecretId="app/key")["SecretString"], "two", "and handed out")
    stranger = client("secretsmanager", *pair)
    refused("AccessDeniedException", stranger.get_secret_value, SecretId="app/key")
    refused("UnrecognizedClientException", client("secretsmanager", "AKIAMADEUPUNKNOWN001").get_secret_value,
            SecretId="app/key")
    refused("InvalidSignatureException", client("secretsmanager", secret="wrong").get_secret_value,
            SecretId="app/key")
    c.delete_secret(SecretId="app/key", RecoveryWindowInDays=7)
    refused("InvalidRequestException", c.get_secret_value, SecretId="app/key")
    refused("InvalidRequestException", c.create_secret, Name="app/key", SecretString="x")
    c.restore_secret(SecretId="app/key")
    same(c.get_secret_value(SecretId="app/key")["SecretString"], "two", "restored")
    c.delete_secret(SecretId="app/key", ForceDeleteWithoutRecovery=True)
    refused("ResourceNotFoundException", c.describe_secret, SecretId="app/key")


def block(account, pair):
    c = client("s3control")
    data = oss2.Bucket(oss2.AuthV4(KEY_ID, KEY_SECRET), OSS, "block-data", is_path_style=True, region=REGION)
    data.create_bucket("public-read")
    data.put_object("open", b"1")
    address = f"{OSS}/block-data/open"
    same(fetch(address), (200, b"1"), "anybody reads it")
    refused("NoSuchPublicAccessBlockConfiguration", c.get_public_access_block, AccountId=account)
    half = {name: name == "BlockPublicAcls" for name in ALL}
    for wanted in (half, dict.fromkeys(ALL, True)):
        c.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=wanted)
        same(c.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"], wanted, "the block")
        same(fetch(address)[0], 403 if wanted["RestrictPublicBuckets"] else 200, "who reads it")
    refused("AccessDenied", client("s3control", *pair).put_public_access_block, AccountId=account,
            PublicAccessBlockConfiguration=half)
    refused("AccessDenied", c.get_public_access_block, AccountId="000000000000")
    c.delete_public_access_block(AccountId=account)
    same(fetch(address), (200, b"1"), "anybody reads it again")


def looked_up(c, **parameters):
    """A page of events, asked for as seldom as the service wants."""
    for _ in range(100):
        try:
            return c.lookup_events(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException":
                raise
            time.sleep(0.3)
    raise AssertionError("throttled for ever")


def refused_look(code, c, **parameters):
    refused(code, lambda **asked: looked_up(c, **asked), **parameters)


def names(page):
    return [event["EventName"] for event in page["Events"]]


def trail(account, pair):
    """What was done is told by the region it was signed for, the newest first, secrets left out."""
    region = "eu-central-1"
    c, stranger = client("cloudtrail", region=region), client("secretsmanager", *pair, region=region)
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)
    refused("AccessDeniedException", stranger.get_secret_value, SecretId="app/trail")
    keeper = client("secretsmanager", region=region)
    keeper.create_secret(Name="app/trail", SecretString="made up and told to nobody")
    client("s3", region=region, endpoint=S3).create_bucket(
        Bucket="told-by-trail", CreateBucketConfiguration={"LocationConstraint": region})
    client("s3", region=region, endpoint=S3).put_object(Bucket="told-by-trail", Key="o", Body=b"1")
    page = looked_up(c, StartTime=since)
    same(names(page), ["CreateBucket", "CreateSecret", "GetSecretValue"], "the newest first, and no data event")
    bucket, made, read = page["Events"]
    same(bucket["Resources"], [{"ResourceType": "AWS::S3::Bucket", "ResourceName": "told-by-trail"}], "the bucket")
    same((read["ReadOnly"], read["Username"], read["AccessKeyId"]), ("true", "outsider", pair[0]), "who read")
    check("made up and told" not in made["CloudTrailEvent"], "a secret is told")
    record = json.loads(read["CloudTrailEvent"])
    same((record["errorCode"], record["awsRegion"], record["eventID"]), ("AccessDenied", region, read["EventId"]),
         "the record")
    same(record["userIdentity"]["arn"], f"arn:aws:iam::{account}:user/outsider", "its arn")
    check(abs(read["EventTime"].timestamp() - time.time()) < 3600, f"the time: {read['EventTime']}")
    first = looked_up(c, StartTime=since, MaxResults=2)
    check(len(first["Events"]) == 2, f"a page: {names(first)}")
    rest = looked_up(c, StartTime=since, MaxResults=2, NextToken=first["NextToken"])
    same((names(first) + names(rest))[-3:], ["CreateBucket", "CreateSecret", "GetSecretValue"], "page by page")
    refused_look("InvalidNextTokenException", c, StartTime=since, MaxResults=1, NextToken=first["NextToken"])
    refused_look("InvalidTimeRangeException", c, StartTime=since, EndTime=since - datetime.timedelta(hours=1))
    only = looked_up(c, LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": pair[0]}])
    same(names(only), ["GetSecretValue"], "by key")
    elsewhere = looked_up(client("cloudtrail"), LookupAttributes=[
        {"AttributeKey": "EventName", "AttributeValue": "CreateBucket"}])
    same(names(elsewhere), [], "another region")
    refused_look("AccessDeniedException", client("cloudtrail", *pair, region=region))
    for _ in range(200):
        try:
            c.lookup_events(MaxResults=1)
        except ClientError as error:
            same(error.response["Error"]["Code"], "ThrottlingException", "asked too often")
            return
    raise AssertionError("it lets itself be asked as often as one wants")


def main():
    who = client("sts").get_caller_identity()
    account = who["Account"]
    check(len(account) == 12 and who["Arn"].endswith(":root"), f"who calls: {who}")
    pair = user(ram(), "outsider", "AliyunOSSReadOnlyAccess")
    same(client("sts", *pair).get_caller_identity()["Arn"], f"arn:aws:iam::{account}:user/outsider", "a user")
    secrets(pair)
    block(account, pair)
    trail(account, pair)
    finish()


main()
