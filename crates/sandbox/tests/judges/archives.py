"""Archived objects by `oss2` and `boto3`: where a restoration takes its time (`slow`), and where it is soon over
(`quick`; a day lasts a second there)."""

import sys
import time

import boto3
import oss2
from botocore.config import Config
from botocore.exceptions import ClientError
from oss2.models import RestoreConfiguration, RestoreJobParameters

from accounts import attach, ram, user
from judge import KEY_ID, KEY_SECRET, OSS, REGION, S3, check, finish, same

ARCHIVES = ["Archive", "ColdArchive", "DeepColdArchive"]
PATIENCE = 60


def until(what, ask):
    """Asks again until it holds."""
    end = time.monotonic() + PATIENCE
    while not ask():
        check(time.monotonic() < end, f"waited in vain until {what}")
        time.sleep(0.05)


class First:
    """`oss2` with signature V4."""

    words = {"plain": "Standard", "seldom": "IA"} | {name: name for name in ARCHIVES}
    not_archived = (400, "OperationNotSupported")
    copy_refused = (403, "InvalidObjectState")

    def __init__(self, key_id=KEY_ID, secret=KEY_SECRET):
        auth = oss2.AuthV4(key_id, secret)
        self.b = oss2.Bucket(auth, OSS, "archives-oss", is_path_style=True, region=REGION)

    def create(self):
        self.b.create_bucket()

    def put(self, key, word):
        self.b.put_object(key, key, headers={"x-oss-storage-class": word} if word else None)

    def get(self, key):
        return self.b.get_object(key).read().decode()

    def head(self, key):
        headers = self.b.head_object(key).headers
        return headers["x-oss-storage-class"], headers.get("x-oss-restore")

    def restore(self, key, days):
        if days == 1:
            return self.b.restore_object(key).status
        job = RestoreJobParameters(oss2.models.RESTORE_TIER_STANDARD)
        return self.b.restore_object(key, input=RestoreConfiguration(days=days, job_parameters=job)).status

    def copy(self, key, to, word):
        self.b.copy_object(self.b.bucket_name, key, to, headers={"x-oss-storage-class": word})

    def listed(self):
        """Class and restoration of each object, by both listings and that of versions."""
        of = lambda objects: {o.key: (o.storage_class, o.restore_info) for o in objects}
        second = of(self.b.list_objects_v2().object_list)
        same(of(self.b.list_objects().object_list), second, "both listings")
        versions = of(self.b.list_object_versions().versions)
        same(versions, second, "the listing of versions")
        return second

    def refused(self, status, code, call):
        try:
            call()
        except oss2.exceptions.ServerError as error:
            same((error.status, error.code), (status, code), "the refusal")
            return
        raise AssertionError(f"{code} was expected")

    def sums(self):
        stat = self.b.get_bucket_stat()
        same((stat.archive_object_count, stat.cold_archive_object_count), (1, 1), "objects of archives")
        same(stat.standard_object_count, stat.object_count - 4, "objects that lie in none")

    def own_rules(self):
        self.refused(400, "InvalidArgument", lambda: self.put("x", "Nowhere"))
        self.refused(400, "InvalidArgument", lambda: self.restore("Archive", 8))
        self.refused(400, "InvalidArgument", lambda: self.restore("ColdArchive", 366))
        self.refused(400, "InvalidArgument", lambda: self.restore("ColdArchive", -1))
        self.sums()
        made = user(ram(), "archive-reader")
        attach(ram(), "archive-reader", "AliyunOSSReadOnlyAccess")
        reader = First(*made)
        self.refused(403, "AccessDenied", lambda: reader.restore("Archive", 1))


class Amazon:
    """`boto3`."""

    words = {"plain": "STANDARD", "seldom": "STANDARD_IA", "Archive": "GLACIER", "DeepColdArchive": "DEEP_ARCHIVE"}
    not_archived = (403, "InvalidObjectState")
    copy_refused = (403, "ObjectNotInActiveTierError")
    name = "archives-s3"

    def __init__(self):
        self.c = boto3.client(
            "s3", endpoint_url=S3, aws_access_key_id=KEY_ID, aws_secret_access_key=KEY_SECRET, region_name=REGION,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))

    def create(self):
        self.c.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put(self, key, word):
        self.c.put_object(Bucket=self.name, Key=key, Body=key.encode(), **({"StorageClass": word} if word else {}))

    def get(self, key):
        return self.c.get_object(Bucket=self.name, Key=key)["Body"].read().decode()

    def head(self, key):
        head = self.c.head_object(Bucket=self.name, Key=key)
        return head.get("StorageClass", "STANDARD"), head.get("Restore")

    def restore(self, key, days):
        answer = self.c.restore_object(
            Bucket=self.name, Key=key, RestoreRequest={"Days": days, "GlacierJobParameters": {"Tier": "Standard"}})
        return answer["ResponseMetadata"]["HTTPStatusCode"]

    def copy(self, key, to, word):
        source = {"Bucket": self.name, "Key": key}
        self.c.copy_object(Bucket=self.name, Key=to, CopySource=source, StorageClass=word)

    def listed(self):
        def told(entry):
            status = entry.get("RestoreStatus")
            if status is None:
                return entry["StorageClass"], None
            if status["IsRestoreInProgress"]:
                return entry["StorageClass"], 'ongoing-request="true"'
            check(status["RestoreExpiryDate"], "until when it can be read")
            return entry["StorageClass"], 'ongoing-request="false"'
        plain = self.c.list_objects_v2(Bucket=self.name)["Contents"]
        check(not any("RestoreStatus" in entry for entry in plain), "restorations are told on demand")
        wanted = {"Bucket": self.name, "OptionalObjectAttributes": ["RestoreStatus"]}
        second = {e["Key"]: told(e) for e in self.c.list_objects_v2(**wanted)["Contents"]}
        same({e["Key"]: told(e) for e in self.c.list_objects(**wanted)["Contents"]}, second, "both listings")
        versions = self.c.list_object_versions(**wanted)["Versions"]
        same({e["Key"]: told(e) for e in versions}, second, "the listing of versions")
        return second

    def refused(self, status, code, call):
        try:
            call()
        except ClientError as error:
            same((error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]),
                 (status, code), "the refusal")
            return
        raise AssertionError(f"{code} was expected")

    def own_rules(self):
        self.refused(400, "InvalidStorageClass", lambda: self.put("x", "NOWHERE"))
        self.refused(400, "InvalidArgument", lambda: self.restore("Archive", 0))
        try:
            self.get("Archive")
        except self.c.exceptions.InvalidObjectState as error:
            same(error.response["StorageClass"], "GLACIER", "where it lies")
        else:
            raise AssertionError("an archived object was read")


def archives(client):
    return [name for name in client.words if name in ARCHIVES]


def furnish(client):
    client.create()
    client.put("usual", None)
    for name, word in client.words.items():
        client.put(name, word)
        same(client.head(name), (word, None), f"where {name} lies")
    same({name: client.listed()[name] for name in client.words},
         {name: (word, None) for name, word in client.words.items()}, "the classes in listings")
    for name in ("usual", "plain", "seldom"):
        same(client.get(name), name, "what lies in no archive is read")
        client.refused(*client.not_archived, lambda: client.restore(name, 1))


def slow(client):
    furnish(client)
    client.own_rules()
    for name in archives(client):
        client.refused(403, "InvalidObjectState", lambda: client.get(name))
        client.refused(*client.copy_refused, lambda: client.copy(name, "copy", client.words["plain"]))
        same(client.restore(name, 2), 202, "a restoration begins")
        same(client.head(name), (client.words[name], 'ongoing-request="true"'), "it goes on")
        same(client.listed()[name][1], 'ongoing-request="true"', "the listing says so")
        client.refused(409, "RestoreAlreadyInProgress", lambda: client.restore(name, 2))
        client.refused(403, "InvalidObjectState", lambda: client.get(name))
    client.put(archives(client)[0], None)
    same(client.get(archives(client)[0]), archives(client)[0], "what is written over it lies where that says")


def quick(client):
    furnish(client)
    name = archives(client)[-1]
    same(client.restore(name, 300), 202, "a restoration begins")
    until("it is restored", lambda: "false" in (client.head(name)[1] or ""))
    check("expiry-date=" in client.head(name)[1], "until when it can be read")
    same(client.get(name), name, "what is restored is read")
    check(client.listed()[name][1].startswith('ongoing-request="false"'), "the listing says so")
    same(client.restore(name, 350), 200, "it is kept restored for longer")
    client.copy(name, "copy", client.words["plain"])
    same(client.head("copy"), (client.words["plain"], None), "a copy lies where that is asked for")
    same(client.restore(archives(client)[0], 1), 202, "a short restoration begins")
    until("it is over", lambda: client.head(archives(client)[0])[1] is None)
    client.refused(403, "InvalidObjectState", lambda: client.get(archives(client)[0]))


for judged in (First(), Amazon()):
    {"slow": slow, "quick": quick}[sys.argv[1]](judged)
finish()
