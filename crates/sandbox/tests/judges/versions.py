"""Versions of objects by `oss2` (signature V1), `alibabacloud-oss-v2` (V4) and `boto3`: each in a bucket of its
own, all held to the same story."""

import alibabacloud_oss_v2 as v2
import oss2
from oss2.models import BatchDeleteObjectVersion, BatchDeleteObjectVersionList, BucketVersioningConfig

from accounts import attach, policy, ram, user
from judge import KEY_ID, KEY_SECRET, OSS, REGION, check, fetch, finish, same
from storage_clients import Amazon, First, Second


class FirstVersions:
    name = "versions-oss2"

    def __init__(self, key_id=KEY_ID, secret=KEY_SECRET):
        self.b = oss2.Bucket(oss2.Auth(key_id, secret), OSS, self.name, is_path_style=True)

    def create(self):
        self.b.create_bucket()

    def status(self):
        return self.b.get_bucket_versioning().status

    def switch(self, status):
        config = BucketVersioningConfig()
        config.status = status
        self.b.put_bucket_versioning(config)

    def put(self, key, body):
        return self.b.put_object(key, body).versionid

    def get(self, key, version=None):
        return self.b.get_object(key, params={"versionId": version} if version else None).read()

    def head(self, key, version=None):
        return self.b.head_object(key, params={"versionId": version} if version else None).versionid

    def delete(self, key, version=None):
        done = self.b.delete_object(key, params={"versionId": version} if version else None)
        return done.versionid, bool(done.delete_marker)

    def copy(self, key, version, to):
        self.b.copy_object(self.name, key, to, params={"versionId": version})

    def acl(self, key, version, acl):
        self.b.put_object_acl(key, acl, params={"versionId": version})
        return self.b.get_object_acl(key, params={"versionId": version}).acl

    def batch(self, pairs):
        doomed = BatchDeleteObjectVersionList([BatchDeleteObjectVersion(key, version) for key, version in pairs])
        return [(d.key, d.versionid) for d in self.b.delete_object_versions(doomed).delete_versions]

    def list(self, size=1000, prefix="", delimiter=""):
        found, marks, prefixes, key, version = [], [], [], "", ""
        while True:
            page = self.b.list_object_versions(
                prefix=prefix, delimiter=delimiter, max_keys=size, key_marker=key, versionid_marker=version)
            check(len(page.versions) + len(page.delete_marker) + len(page.common_prefix) <= size, "the page's size")
            found += [(o.key, o.versionid, o.is_latest) for o in page.versions]
            marks += [(o.key, o.versionid, o.is_latest) for o in page.delete_marker]
            prefixes += page.common_prefix
            if not page.is_truncated:
                return sorted(found), sorted(marks), sorted(prefixes)
            key, version = page.next_key_marker, page.next_versionid_marker

    def names(self):
        return [o.key for o in self.b.list_objects_v2().object_list]

    def drop(self):
        self.b.delete_bucket()

    code = staticmethod(First.code)


class SecondVersions:
    name = "versions-ossv2"

    def __init__(self, key_id=KEY_ID, secret=KEY_SECRET):
        self.c = Second(key_id, secret).client

    def create(self):
        self.c.put_bucket(v2.PutBucketRequest(self.name))

    def status(self):
        return self.c.get_bucket_versioning(v2.GetBucketVersioningRequest(self.name)).version_status

    def switch(self, status):
        self.c.put_bucket_versioning(v2.PutBucketVersioningRequest(
            self.name, versioning_configuration=v2.VersioningConfiguration(status=status)))

    def put(self, key, body):
        return self.c.put_object(v2.PutObjectRequest(self.name, key, body=body)).version_id

    def get(self, key, version=None):
        return self.c.get_object(v2.GetObjectRequest(self.name, key, version_id=version)).body.content

    def head(self, key, version=None):
        return self.c.head_object(v2.HeadObjectRequest(self.name, key, version_id=version)).version_id

    def delete(self, key, version=None):
        done = self.c.delete_object(v2.DeleteObjectRequest(self.name, key, version_id=version))
        return done.version_id, bool(done.delete_marker)

    def copy(self, key, version, to):
        self.c.copy_object(v2.CopyObjectRequest(
            self.name, to, source_bucket=self.name, source_key=key, source_version_id=version))

    def acl(self, key, version, acl):
        self.c.put_object_acl(v2.PutObjectAclRequest(self.name, key, acl=acl, version_id=version))
        return self.c.get_object_acl(v2.GetObjectAclRequest(self.name, key, version_id=version)).acl

    def batch(self, pairs):
        done = self.c.delete_multiple_objects(v2.DeleteMultipleObjectsRequest(
            self.name, objects=[v2.DeleteObject(key=key, version_id=version) for key, version in pairs]))
        return [(d.key, d.version_id) for d in done.deleted_objects]

    def list(self, size=1000, prefix="", delimiter=""):
        found, marks, prefixes = [], [], []
        request = v2.ListObjectVersionsRequest(self.name, prefix=prefix, delimiter=delimiter, max_keys=size)
        for page in self.c.list_object_versions_paginator().iter_page(request):
            found += [(o.key, o.version_id, o.is_latest) for o in page.version or []]
            marks += [(o.key, o.version_id, o.is_latest) for o in page.delete_marker or []]
            prefixes += [p.prefix for p in page.common_prefixes or []]
        return sorted(found), sorted(marks), sorted(prefixes)

    def names(self):
        return Second.list(self, self.name)

    @property
    def client(self):
        return self.c

    def drop(self):
        self.c.delete_bucket(v2.DeleteBucketRequest(self.name))

    code = staticmethod(Second.code)


class AmazonVersions:
    name = "versions-s3"

    def __init__(self, key_id=KEY_ID, secret=KEY_SECRET):
        self.c = Amazon(key_id, secret).client

    def create(self):
        self.c.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def status(self):
        return self.c.get_bucket_versioning(Bucket=self.name).get("Status")

    def switch(self, status):
        self.c.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": status})

    def words(self, key, version):
        return {"Bucket": self.name, "Key": key, **({"VersionId": version} if version else {})}

    def put(self, key, body):
        return self.c.put_object(Bucket=self.name, Key=key, Body=body).get("VersionId")

    def get(self, key, version=None):
        return self.c.get_object(**self.words(key, version))["Body"].read()

    def head(self, key, version=None):
        return self.c.head_object(**self.words(key, version)).get("VersionId")

    def delete(self, key, version=None):
        done = self.c.delete_object(**self.words(key, version))
        return done.get("VersionId"), done.get("DeleteMarker", False)

    def copy(self, key, version, to):
        self.c.copy_object(Bucket=self.name, Key=to, CopySource=self.words(key, version))

    acl = None

    def batch(self, pairs):
        done = self.c.delete_objects(Bucket=self.name, Delete={"Objects": [
            {"Key": key, **({"VersionId": version} if version else {})} for key, version in pairs]})
        return [(d["Key"], d.get("VersionId")) for d in done["Deleted"]]

    def list(self, size=1000, prefix="", delimiter=""):
        found, marks, prefixes = [], [], []
        pages = self.c.get_paginator("list_object_versions").paginate(
            Bucket=self.name, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size})
        for page in pages:
            found += [(o["Key"], o["VersionId"], o["IsLatest"]) for o in page.get("Versions", [])]
            marks += [(o["Key"], o["VersionId"], o["IsLatest"]) for o in page.get("DeleteMarkers", [])]
            prefixes += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        return sorted(found), sorted(marks), sorted(prefixes)

    def names(self):
        return [o["Key"] for o in self.c.list_objects_v2(Bucket=self.name).get("Contents", [])]

    def drop(self):
        self.c.delete_bucket(Bucket=self.name)

    code = staticmethod(Amazon.code)


def refused(c, status, code, call, *words):
    found = c.code(call, *words)[:2]
    # For HEAD boto3 knows the status alone.
    check(found in ((status, code), (status, str(status))), f"{found} is not {(status, code)}")


def story(c):
    c.create()
    check(not c.status(), "at first nothing is versioned")
    check(not c.put("leak.csv", b"0"), "a write makes no version then")
    c.switch("Enabled")
    same(c.status(), "Enabled", "the switch")
    first, second = c.put("leak.csv", b"1"), c.put("leak.csv", b"2")
    check(first and second and first != second, "each write makes a version")
    same([c.get("leak.csv", v) for v in ("null", first, second, None)], [b"0", b"1", b"2", b"2"], "every version")
    same(c.head("leak.csv"), second, "the last one")
    same(c.list()[0], sorted([("leak.csv", "null", False), ("leak.csv", first, False), ("leak.csv", second, True)]),
         "the list of versions")

    # A deletion only hides: the leak is still there for whoever asks for the version.
    marker, is_marker = c.delete("leak.csv")
    check(is_marker and marker not in (first, second), "a delete marker")
    refused(c, 404, "NoSuchKey", c.get, "leak.csv")
    refused(c, 404, "NoSuchKey", c.head, "leak.csv")
    refused(c, 405, "MethodNotAllowed", c.get, "leak.csv", marker)
    refused(c, 404, "NoSuchVersion", c.get, "leak.csv", "CAEQMadeUp")
    same(c.names(), [], "a plain list shows nothing")
    same(c.get("leak.csv", second), b"2", "but the version is there")
    same(c.list()[1], [("leak.csv", marker, True)], "and the marker is in the list")
    c.copy("leak.csv", first, "copy.csv")
    same(c.get("copy.csv"), b"1", "a copy of an old version")
    same(c.delete("leak.csv", marker), (marker, True), "without its marker")
    same(c.get("leak.csv"), b"2", "the object is back")
    same(c.delete("leak.csv", second)[0], second, "the last version removed for good")
    same(c.get("leak.csv"), b"1", "the one before comes forward")
    c.switch("Suspended")
    same(c.put("leak.csv", b"3"), "null", "a write without a version of its own")
    same([c.get("leak.csv", v) for v in (None, "null", first)], [b"3", b"3", b"1"], "what it replaced")
    pages(c)
    rights(c, first)
    # Every version of everything goes, then the bucket.
    refused(c, 409, "BucketNotEmpty", c.drop)
    found, marks, _ = c.list()
    doomed = [(key, version) for key, version, _ in found + marks]
    same(sorted(c.batch(doomed)), sorted(doomed), "all removed at once")
    same(c.list(), ([], [], []), "nothing is left")
    c.drop()


def pages(c):
    for key in ("p/1", "p/2", "p/d/3", "p/d/4", "q"):
        c.put(key, b"x")
    c.switch("Enabled")
    for key in ("p/1", "p/2", "p/d/3"):
        c.put(key, b"y")
    same([bool(version) for _, version in c.batch([("p/2", None)])], [False], "a batch without versions deletes by a marker")
    whole, folded = c.list(), c.list(prefix="p/", delimiter="/")
    same(len(whole[0]), 8 + len([v for v in whole[0] if v[0] in ("leak.csv", "copy.csv")]), "every version once")
    same((len(folded[0]), len(folded[1]), folded[2]), (4, 1, ["p/d/"]), "folded")
    for size in (1, 2, 3):
        same(c.list(size=size), whole, f"pages of {size}")
        same(c.list(size=size, prefix="p/", delimiter="/"), folded, f"folded pages of {size}")


def rights(c, first):
    """Reading an old version is another right than reading the last one."""
    name = f"reader-{c.name}"
    pair = user(ram(), name)
    reader = type(c)(*pair)
    policy(ram(), f"last-{c.name}", {
        "Effect": "Allow", "Action": ["oss:GetObject"], "Resource": f"acs:oss:*:*:{c.name}/*"})
    policy(ram(), f"old-{c.name}", {
        "Effect": "Allow", "Action": ["oss:GetObjectVersion"], "Resource": f"acs:oss:*:*:{c.name}/*"})
    attach(ram(), name, f"last-{c.name}")
    same(reader.get("leak.csv"), b"3", "the last version")
    refused(reader, 403, "AccessDenied", reader.get, "leak.csv", first)
    refused(reader, 403, "AccessDenied", reader.delete, "leak.csv", first)
    attach(ram(), name, f"old-{c.name}")
    same(reader.get("leak.csv", first), b"1", "an old version")
    if c.acl:
        # An old version has a list of its own.
        url = f"{OSS}/{c.name}/leak.csv"
        same(c.acl("leak.csv", first, "public-read"), "public-read", "the list of an old version")
        same((fetch(f"{url}?versionId={first}"), fetch(url)[0]), ((200, b"1"), 403), "only it is public")


def main():
    for kind in (FirstVersions, SecondVersions, AmazonVersions):
        story(kind())
    finish()


main()
