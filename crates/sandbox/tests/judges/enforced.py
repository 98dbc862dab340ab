"""What RAM decides, OSS and S3 do: keys, policies, lists and switches, asked by all official clients."""

import json

import oss2
from alibabacloud_ram20150501 import models as m

from accounts import attach, policy, ram, user
from judge import KEY_ID, KEY_SECRET, OSS, REGION, S3, fetch, finish, same
from storage_clients import ALL, First, refused

NAME = "enforced"
NEAR, FAR = "203.0.113.5", "198.51.100.7"
OBJECTS = {"open/a.txt": b"open", "secret/ids.csv": b"made up", "exampledir/userdata.csv": b"rows"}
DENIED, DENIED_BY_USER, DENIED_BY_BUCKET, DENIED_BY_BOTH = (
    ("AccessDenied", "0003-00000001"), ("AccessDenied", "0003-00000201"), ("AccessDenied", "0003-00000202"),
    ("AccessDenied", "0003-00000203"))


def root():
    return oss2.Bucket(oss2.AuthV4(KEY_ID, KEY_SECRET), OSS, NAME, is_path_style=True, region=REGION)


def keys(c):
    """A disabled key and a deleted one are refused by the next request."""
    pair = user(c, "worker", "AliyunOSSReadOnlyAccess")
    key = {"user_name": "worker", "user_access_key_id": pair[0]}
    for kind in ALL:
        client = kind(*pair)
        same(client.get(NAME, "open/a.txt"), b"open", "an enabled key opens")
        c.update_access_key(m.UpdateAccessKeyRequest(**key, status="Inactive"))
        refused(client, ("InvalidAccessKeyId", "0002-00000903"), client.get, NAME, "open/a.txt")
        refused(client, ("InvalidAccessKeyId", "0002-00000903"), client.list, NAME)
        c.update_access_key(m.UpdateAccessKeyRequest(**key, status="Active"))
        same(client.get(NAME, "open/a.txt"), b"open", "and again when it is enabled again")
    c.delete_access_key(m.DeleteAccessKeyRequest(**key))
    for kind in ALL:
        client = kind(*pair)
        refused(client, ("InvalidAccessKeyId", "0002-00000902"), client.get, NAME, "open/a.txt")
        wrong = kind(KEY_ID, "wrong")
        refused(wrong, ("SignatureDoesNotMatch", "0002-00000040"), wrong.get, NAME, "open/a.txt")


def siblings(c):
    """Only the key that is disabled is refused, not the other one of the same user."""
    first = user(c, "twin", "AliyunOSSReadOnlyAccess")
    made = c.create_access_key(m.CreateAccessKeyRequest(user_name="twin")).body.access_key
    second = made.access_key_id, made.access_key_secret
    c.update_access_key(m.UpdateAccessKeyRequest(user_name="twin", user_access_key_id=first[0], status="Inactive"))
    for kind in ALL:
        refused(kind(*first), "InvalidAccessKeyId", kind(*first).get, NAME, "open/a.txt")
        same(kind(*second).get(NAME, "open/a.txt"), b"open", "the sibling still opens")


def by_prefix(c):
    """Deny on a prefix, as the tutorial's plan to protect sensitive objects writes it."""
    pair = user(c, "prefixed", "AliyunOSSFullAccess")
    policy(c, "no-secrets", {
        "Effect": "Deny", "Action": ["oss:GetObject", "oss:GetObjectAcl"],
        "Resource": [f"acs:oss:*:*:{NAME}/secret/*", f"acs:oss:*:*:{NAME}/exampledir/user*.csv"]})
    for kind in ALL:
        same(kind(*pair).get(NAME, "secret/ids.csv"), b"made up", "open before")
    attach(c, "prefixed", "no-secrets")
    for kind in ALL:
        client = kind(*pair)
        refused(client, DENIED_BY_USER, client.get, NAME, "secret/ids.csv")
        refused(client, DENIED_BY_USER, client.get, NAME, "exampledir/userdata.csv")
        same(client.get(NAME, "open/a.txt"), b"open", "what the policy does not name stays open")
        check = f"written-{kind.__name__}"
        client.put(NAME, check, b"1")
        client.delete(NAME, check)
    c.detach_policy_from_user(m.DetachPolicyFromUserRequest(
        user_name="prefixed", policy_name="no-secrets", policy_type="Custom"))
    for kind in ALL:
        same(kind(*pair).get(NAME, "secret/ids.csv"), b"made up", "and open again after")


def by_address(c):
    """Deny outside trusted addresses."""
    pair = user(c, "fenced", "AliyunOSSReadOnlyAccess")
    policy(c, "only-near", {
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"NotIpAddress": {"acs:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}})
    attach(c, "fenced", "only-near")
    for kind in ALL:
        client = kind(*pair)
        same(client.get(NAME, "open/a.txt", address=NEAR), b"open", "from within")
        same(client.get(NAME, "open/a.txt", address="2001:db8::7"), b"open", "from within by IPv6")
        refused(client, DENIED_BY_USER, client.get, NAME, "open/a.txt", address=FAR)
        refused(client, DENIED_BY_USER, client.get, NAME, "open/a.txt")
    c.create_policy_version(m.CreatePolicyVersionRequest(
        policy_name="only-near", set_as_default=True, policy_document=json.dumps({"Version": "1", "Statement": [{
            "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"IpAddress": {"acs:SourceIp": [NEAR]}}}]})))
    for kind in ALL:
        client = kind(*pair)
        refused(client, DENIED_BY_USER, client.get, NAME, "open/a.txt", address=NEAR)
        same(client.get(NAME, "open/a.txt", address=FAR), b"open", "the new version is in force")


def narrow(c):
    """Allow with a prefix and a listing condition: nothing else is open."""
    pair = user(c, "narrow")
    policy(c, "reads-open", {
        "Effect": "Allow", "Action": "oss:GetObject", "Resource": f"acs:oss:*:*:{NAME}/open/*"}, {
        "Effect": "Allow", "Action": "oss:ListObjects", "Resource": f"acs:oss:*:*:{NAME}",
        "Condition": {"StringLike": {"oss:Prefix": ["open/*"]}}})
    for kind in ALL:
        refused(kind(*pair), DENIED, kind(*pair).get, NAME, "open/a.txt")
    attach(c, "narrow", "reads-open")
    for kind in ALL:
        client = kind(*pair)
        same(client.get(NAME, "open/a.txt"), b"open", "what is allowed")
        refused(client, DENIED, client.get, NAME, "secret/ids.csv")
        refused(client, DENIED, client.put, NAME, "open/a.txt", b"x")
        refused(client, DENIED, client.delete, NAME, "open/a.txt")
        same(client.list(NAME, "open/"), ["open/a.txt"], "a listing below the prefix")
        refused(client, DENIED, client.list, NAME)
        refused(client, DENIED, client.list, NAME, "secret/")


def by_bucket(c):
    """The bucket's own policy: allows one user, denies a place to everybody, and deny wins."""
    pair, other = user(c, "guest"), user(c, "member", "AliyunOSSReadOnlyAccess")
    uid = c.get_user(m.GetUserRequest(user_name="guest")).body.user.user_id
    mine = [f"acs:oss:*:*:{NAME}", f"acs:oss:*:*:{NAME}/*"]
    root().put_bucket_policy(json.dumps({"Version": "1", "Statement": [
        {"Effect": "Allow", "Principal": [uid], "Action": ["oss:GetObject"], "Resource": mine},
        {"Effect": "Deny", "Principal": ["*"], "Action": ["oss:GetObject"],
         "Resource": [f"acs:oss:*:*:{NAME}/secret/*"],
         "Condition": {"NotIpAddress": {"acs:SourceIp": ["203.0.113.0/24"]},
                       "StringNotLike": {"acs:SourceVpc": ["vpc-*"]}}}]}))
    policy(c, "deny-secret", {"Effect": "Deny", "Action": "oss:*", "Resource": f"acs:oss:*:*:{NAME}/secret/*"})
    for kind in ALL:
        guest, member = kind(*pair), kind(*other)
        same(guest.get(NAME, "open/a.txt"), b"open", "the policy of the bucket allows a user")
        refused(guest, DENIED, guest.put, NAME, "open/a.txt", b"x")
        refused(guest, DENIED_BY_BUCKET, guest.get, NAME, "secret/ids.csv")
        refused(member, DENIED_BY_BUCKET, member.get, NAME, "secret/ids.csv")
        same(member.get(NAME, "secret/ids.csv", address=NEAR), b"made up", "its condition lets others pass")
    attach(c, "member", "deny-secret")
    for kind in ALL:
        member = kind(*other)
        refused(member, DENIED_BY_BOTH, member.get, NAME, "secret/ids.csv")
        refused(member, DENIED_BY_USER, member.get, NAME, "secret/ids.csv", address=NEAR)
    root().delete_bucket_policy()
    for kind in ALL:
        refused(kind(*pair), DENIED, kind(*pair).get, NAME, "open/a.txt")


def anonymous():
    """Lists and switches, for everybody on both sides."""
    data, service = root(), oss2.Service(oss2.AuthV4(KEY_ID, KEY_SECRET), OSS, region=REGION)

    def seen(key="open/a.txt"):
        return {fetch(f"{OSS}/{NAME}/{key}")[0], fetch(f"{S3}/{NAME}/{key}")[0],
                First.code(First().get, NAME, key)[0]}

    same(seen(), {403}, "a private bucket is closed to everybody")
    for switch in (
        (data.put_bucket_public_access_block, data.delete_bucket_public_access_block),
        (service.put_public_access_block, service.delete_public_access_block),
    ):
        for what, opened, closed in (
            ("bucket", lambda: data.put_bucket_acl("public-read"), lambda: data.put_bucket_acl("private")),
            ("object", lambda: data.put_object_acl("open/a.txt", "public-read"),
             lambda: data.put_object_acl("open/a.txt", "default")),
            ("policy", lambda: data.put_bucket_policy(json.dumps({"Version": "1", "Statement": [
                {"Effect": "Allow", "Principal": ["*"], "Action": ["oss:GetObject"],
                 "Resource": [f"acs:oss:*:*:{NAME}/open/*"]}]})), data.delete_bucket_policy),
        ):
            opened()
            same(seen(), {200}, f"opened by its {what}")
            same(First.code(First().put, NAME, "open/a.txt", b"x")[0], 403, "reading is not writing")
            switch[0](True)
            same(seen(), {403}, f"closed by the switch, though open by its {what}")
            same(First.code(opened)[:2], (403, "AccessDenied"), "and it cannot be opened now")
            switch[1]()
            same(seen(), {200}, "open again without the switch")
            closed()
            same(seen(), {403}, "closed")
    data.put_bucket_acl("public-read")
    data.put_object_acl("open/a.txt", "private")
    same((seen(), seen("secret/ids.csv")), ({403}, {200}), "an object's own list wins over its bucket's")
    data.put_bucket_acl("public-read-write")
    First().put(NAME, "dropped", b"by anybody")
    First().delete(NAME, "dropped")
    data.put_bucket_acl("private")


def main():
    c = ram()
    data = root()
    data.create_bucket()
    for key, body in OBJECTS.items():
        data.put_object(key, body)
    keys(c)
    siblings(c)
    by_prefix(c)
    by_address(c)
    narrow(c)
    by_bucket(c)
    anonymous()
    finish()


main()
