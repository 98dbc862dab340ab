"""`minio.MinioAdmin` and `minio.Minio`: users, access keys and policies, each seen to bind requests to S3."""

import io
import json

from minio import Minio, MinioAdmin
from minio.credentials import StaticProvider
from minio.error import MinioAdminException, S3Error

from judge import KEY_ID, KEY_SECRET, REGION, S3, check, finish, same

HOST = S3.split("://")[1]
BUCKET = "minio-data"
EVERYTHING = ["arn:aws:s3:::*"]


def admin(key_id=KEY_ID, secret=KEY_SECRET):
    return MinioAdmin(endpoint=HOST, credentials=StaticProvider(key_id, secret), region=REGION, secure=False)


def store(key_id=KEY_ID, secret=KEY_SECRET):
    return Minio(endpoint=HOST, access_key=key_id, secret_key=secret, region=REGION, secure=False)


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def read(pair):
    """`ok`, or the code by which S3 refuses to read."""
    try:
        answer = store(*pair).get_object(bucket_name=BUCKET, object_name="a/b.txt")
        same(answer.read(), b"hello", "the object")
        return "ok"
    except S3Error as error:
        return error.code


def refused(code, call, *words, **named):
    try:
        call(*words, **named)
    except MinioAdminException as error:
        same(json.loads(error._body)["Code"], code, "the refusal")
        return
    raise AssertionError(f"{code} was expected")


def users(root):
    ann = ("ann", "secret-of-ann-made-up")
    root.user_add(*ann)
    same(read(ann), "AccessDenied", "a user without policies")
    root.attach_policy(["readonly"], user="ann")
    same(read(ann), "ok", "a user that may read")
    same(json.loads(root.user_info("ann"))["policyName"], "readonly", "the policies of ann")
    refused("XMinioAdminPolicyChangeAlreadyApplied", root.attach_policy, ["readonly"], user="ann")
    root.user_disable("ann")
    same(json.loads(root.user_list())["ann"]["status"], "disabled", "ann in the list")
    same(read(ann), "InvalidAccessKeyId", "a disabled user")
    refused("InvalidAccessKeyId", admin(*ann).user_list)
    root.user_enable("ann")
    same(read(ann), "ok", "an enabled user")
    refused("AccessDenied", admin(*ann).user_list)
    refused("XMinioAdminNoSuchUser", root.user_info, "nobody")
    refused("SignatureDoesNotMatch", admin("ann", "another-secret-made-up").user_list)
    return ann


def access_keys(root, ann):
    made = json.loads(admin(*ann).add_service_account(name="first", description="of ann"))["credentials"]
    pair = (made["accessKey"], made["secretKey"])
    same(read(pair), "ok", "an access key may what its user may")
    listed = json.loads(root.list_service_account("ann"))["accounts"]
    same([(k["accessKey"], k["parentUser"], k["accountStatus"], k["impliedPolicy"]) for k in listed],
         [(pair[0], "ann", "on", True)], "the access keys of ann")
    root.update_service_account(access_key=pair[0], status="off")
    same(read(pair), "InvalidAccessKeyId", "a disabled access key")
    same(read(ann), "ok", "its user goes on")
    root.update_service_account(access_key=pair[0], status="on")
    root.user_disable("ann")
    same(read(pair), "AccessDenied", "an access key of a disabled user")
    root.user_enable("ann")
    same(read(pair), "ok", "an access key of an enabled user")
    refused("XMinioAdminServiceAccountNotFound", root.get_service_account, "no-such-key")
    return pair


def own_policies(root, pair):
    here = {"Effect": "Allow", "Action": ["s3:*"], "Resource": EVERYTHING,
            "Condition": {"IpAddress": {"aws:SourceIp": ["127.0.0.1"]}}}
    elsewhere = dict(here, Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.7"]}})
    for statement, expected in [(here, "ok"), (elsewhere, "AccessDenied")]:
        root.update_service_account(access_key=pair[0], policy=policy(statement))
        same(read(pair), expected, "the policy of a key")
    info = json.loads(root.get_service_account(pair[0]))
    same(info["impliedPolicy"], False, "a key with a policy of its own")
    condition = json.loads(info["policy"])["Statement"][0]["Condition"]
    same(condition, {"IpAddress": {"aws:SourceIp": ["203.0.113.7/32"]}}, "the policy in MinIO's hand")
    # The trap of the real server: an update without a policy takes the key's own one away.
    root.update_service_account(access_key=pair[0], status="on")
    same(json.loads(root.get_service_account(pair[0]))["impliedPolicy"], True, "no policy of its own")
    same(read(pair), "ok", "a key that was freed of its policy")
    for wrong in [dict(here, Resource=["*"]), dict(here, Action=["s3:*", "admin:*"]), dict(here, Action=["s3:Fly"])]:
        refused("MalformedPolicy", root.update_service_account, access_key=pair[0], policy=policy(wrong))


def policies(root, ann, pair):
    deny = {"Effect": "Deny", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{BUCKET}/a/*"]}
    root.policy_add("deny-a", policy=policy(deny))
    same(json.loads(root.policy_info("deny-a"))["Statement"], [deny], "the policy as it was given")
    check({"deny-a", "readonly", "consoleAdmin"} <= set(json.loads(root.policy_list())), "the list of policies")
    root.attach_policy(["deny-a"], user="ann")
    same((read(ann), read(pair)), ("AccessDenied", "AccessDenied"), "a policy binds every key of a user")
    found = json.loads(root.get_policy_entities(["ann"], [], []))["userMappings"]
    same(found, [{"user": "ann", "policies": ["deny-a", "readonly"]}], "whom policies bind")
    refused("XMinioAdminPolicyInUse", root.policy_remove, "deny-a")
    root.detach_policy(["deny-a"], user="ann")
    same((read(ann), read(pair)), ("ok", "ok"), "a policy that was detached")
    root.policy_remove("deny-a")
    refused("XMinioAdminNoSuchPolicy", root.policy_info, "deny-a")


def deleted(root, ann, pair):
    root.delete_service_account(pair[0])
    same(read(pair), "InvalidAccessKeyId", "a deleted access key")
    made = json.loads(admin(*ann).add_service_account())["credentials"]
    root.user_remove("ann")
    last = (made["accessKey"], made["secretKey"])
    same((read(ann), read(last)), ("InvalidAccessKeyId",) * 2, "a deleted user and its access key")


def main():
    root = admin()
    owner = store()
    owner.make_bucket(bucket_name=BUCKET, location=REGION)
    owner.put_object(bucket_name=BUCKET, object_name="a/b.txt", data=io.BytesIO(b"hello"), length=5)
    ann = users(root)
    pair = access_keys(root, ann)
    own_policies(root, pair)
    policies(root, ann, pair)
    deleted(root, ann, pair)
    finish()


main()
