"""The official clients of RAM: `alibabacloud-ram20150501`, which signs with ACS3-HMAC-SHA256, through every
call, and `aliyun-python-sdk-core`, which signs by RPC V1."""

import json
import re

import oss2
from alibabacloud_ram20150501 import models
from alibabacloud_ram20150501.client import Client
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from judge import KEY_ID, KEY_SECRET, OSS, RAM, REGION, check, finish, same

PLACE = RAM.removeprefix("http://")
UUID = re.compile(r"^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$")


def client(key_id=KEY_ID, secret=KEY_SECRET):
    config = Config(access_key_id=key_id, access_key_secret=secret, endpoint=PLACE)
    config.protocol = "http"
    return Client(config)


def refused(code, call):
    try:
        call()
    except Exception as error:  # The client's own types differ from call to call.
        same(getattr(error, "code", repr(error)), code, "the refusal")
        return
    raise AssertionError(f"{code} was expected")


def document(effect, action, resource, condition=None):
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "1", "Statement": [statement]})


def users(ram):
    made = ram.create_user(models.CreateUserRequest(user_name="alice", comments="made up")).body
    check(UUID.match(made.request_id), f"{made.request_id} is a request id")
    same((made.user.user_name, made.user.comments), ("alice", "made up"), "the user")
    check(made.user.user_id.isdigit(), "a user id is a number")
    refused("EntityAlreadyExists.User",
            lambda: ram.create_user(models.CreateUserRequest(user_name="alice")))
    refused("InvalidParameter.UserName.InvalidChars",
            lambda: ram.create_user(models.CreateUserRequest(user_name="a b")))
    refused("EntityNotExist.User", lambda: ram.get_user(models.GetUserRequest(user_name="nobody")))
    for number in range(4):
        ram.create_user(models.CreateUserRequest(user_name=f"page{number}"))
    names, marker = [], None
    while True:
        page = ram.list_users(models.ListUsersRequest(max_items=2, marker=marker)).body
        names += [user.user_name for user in page.users.user]
        if not page.is_truncated:
            break
        marker = page.marker
    same(names, ["alice", "page0", "page1", "page2", "page3"], "all pages of users")
    renamed = ram.update_user(
        models.UpdateUserRequest(user_name="page3", new_user_name="page4", new_comments="other"))
    same(renamed.body.user.user_name, "page4", "the new name")
    same(ram.get_user(models.GetUserRequest(user_name="page4")).body.user.comments, "other", "words")
    for name in ["page0", "page1", "page2", "page4"]:
        ram.delete_user(models.DeleteUserRequest(user_name=name))


def keys(ram):
    def make():
        return ram.create_access_key(models.CreateAccessKeyRequest(user_name="alice")).body.access_key

    one, two = make(), make()
    check(one.access_key_id.startswith("LTAI5t") and len(one.access_key_id) == 24, "an id's shape")
    same((len(one.access_key_secret), one.status), (30, "Active"), "a secret's shape, the status")
    refused("LimitExceeded.User.AccessKey", make)
    listing = models.ListAccessKeysRequest(user_name="alice")
    listed = ram.list_access_keys(listing).body.access_keys.access_key
    same({key.access_key_id for key in listed}, {one.access_key_id, two.access_key_id}, "the keys")

    def turn(status, key=two.access_key_id):
        return ram.update_access_key(models.UpdateAccessKeyRequest(
            user_name="alice", user_access_key_id=key, status=status))

    turn("Inactive")
    states = {key.access_key_id: key.status
              for key in ram.list_access_keys(listing).body.access_keys.access_key}
    same(states[two.access_key_id], "Inactive", "the status")
    same(states[one.access_key_id], "Active", "the other key's status")
    refused("InvalidParameter.Status", lambda: turn("Sleeping"))
    refused("EntityNotExist.User.AccessKey", lambda: turn("Active", "LTAI5tMadeUpUnknownKey01"))
    mine = client(two.access_key_id, two.access_key_secret)
    refused("InvalidAccessKeyId.Inactive", lambda: mine.get_user(models.GetUserRequest(user_name="alice")))
    turn("Active")
    refused("NoPermission", lambda: mine.get_user(models.GetUserRequest(user_name="alice")))
    ram.delete_access_key(
        models.DeleteAccessKeyRequest(user_name="alice", user_access_key_id=two.access_key_id))
    refused("InvalidAccessKeyId.NotFound",
            lambda: mine.get_user(models.GetUserRequest(user_name="alice")))
    refused("SignatureDoesNotMatch",
            lambda: client(one.access_key_id, "NotTheSecret0000000000000000000").list_users(
                models.ListUsersRequest()))
    return one


def policies(ram):
    name, new = "read-some", models.CreatePolicyRequest
    first = document("Allow", ["oss:GetObject"], ["acs:oss:*:*:judged/*"])
    made = ram.create_policy(new(policy_name=name, policy_document=first, description="d")).body
    same((made.policy.policy_name, made.policy.default_version), (name, "v1"), "the policy")
    refused("EntityAlreadyExists.Policy",
            lambda: ram.create_policy(new(policy_name=name, policy_document=first)))
    refused("InvalidParameter.PolicyDocument",
            lambda: ram.create_policy(new(policy_name="broken", policy_document="{")))
    for number in range(4):
        ram.create_policy_version(models.CreatePolicyVersionRequest(
            policy_name=name, policy_document=first, set_as_default=number == 3))
    refused("LimitExceeded.Policy.Version", lambda: ram.create_policy_version(
        models.CreatePolicyVersionRequest(policy_name=name, policy_document=first)))
    listed = ram.list_policy_versions(models.ListPolicyVersionsRequest(
        policy_name=name, policy_type="Custom")).body.policy_versions.policy_version
    same([(v.version_id, v.is_default_version) for v in listed],
         [("v1", False), ("v2", False), ("v3", False), ("v4", False), ("v5", True)], "the versions")
    ram.set_default_policy_version(
        models.SetDefaultPolicyVersionRequest(policy_name=name, version_id="v1"))
    one = ram.get_policy_version(models.GetPolicyVersionRequest(
        policy_name=name, policy_type="Custom", version_id="v1")).body.policy_version
    same((one.is_default_version, json.loads(one.policy_document)), (True, json.loads(first)), "v1")

    def drop(version):
        return ram.delete_policy_version(
            models.DeletePolicyVersionRequest(policy_name=name, version_id=version))

    refused("DeleteConflict.Policy.Version.Default", lambda: drop("v1"))
    for version in ["v2", "v3", "v4", "v5"]:
        drop(version)
    refused("EntityNotExist.Policy.Version", lambda: drop("v2"))
    every = [p.policy_name for p in ram.list_policies(models.ListPoliciesRequest()).body.policies.policy]
    check(name in every and "AliyunOSSReadOnlyAccess" in every, "own and built-in policies")


def rights(ram, key):
    """Who has a policy, and that the store goes by it: also by address, and by where an object lies."""
    bucket = oss2.Bucket(oss2.Auth(KEY_ID, KEY_SECRET), OSS, "judged", is_path_style=True)
    bucket.create_bucket()
    bucket.put_object("open/a.txt", b"a")
    bucket.put_object("secret/b.txt", b"b")
    hers = oss2.Bucket(oss2.Auth(key.access_key_id, key.access_key_secret), OSS, "judged",
                       is_path_style=True)

    def reads(name):
        try:
            return hers.get_object(name).read()
        except oss2.exceptions.ServerError as error:
            return error.code

    def attach(name, kind="Custom", to="alice"):
        ram.attach_policy_to_user(models.AttachPolicyToUserRequest(
            policy_name=name, policy_type=kind, user_name=to))

    def detach(name):
        ram.detach_policy_from_user(models.DetachPolicyFromUserRequest(
            policy_name=name, policy_type="Custom", user_name="alice"))

    same(reads("open/a.txt"), "AccessDenied", "nothing is allowed at first")
    attach("read-some")
    refused("EntityAlreadyExists.User.Policy", lambda: attach("read-some"))
    refused("EntityNotExist.Policy", lambda: attach("nothing"))
    refused("EntityNotExist.User", lambda: attach("read-some", to="nobody"))
    same((reads("open/a.txt"), reads("secret/b.txt")), (b"a", b"b"), "the policy allows")
    for name, text in [
        ("no-secrets", document("Deny", ["oss:*"], ["acs:oss:*:*:judged/secret/*"])),
        ("not-from-here", document("Deny", ["oss:*"], ["*"],
                                   {"IpAddress": {"acs:SourceIp": ["127.0.0.0/8"]}})),
        ("not-from-there", document("Deny", ["oss:*"], ["*"],
                                    {"IpAddress": {"acs:SourceIp": ["203.0.113.0/24"]}})),
    ]:
        ram.create_policy(models.CreatePolicyRequest(policy_name=name, policy_document=text))
    attach("no-secrets")
    same((reads("open/a.txt"), reads("secret/b.txt")), (b"a", "AccessDenied"), "a prefix is denied")
    attach("not-from-there")
    same(reads("open/a.txt"), b"a", "another address is denied")
    attach("not-from-here")
    same(reads("open/a.txt"), "AccessDenied", "this address is denied")
    has = ram.list_policies_for_user(models.ListPoliciesForUserRequest(user_name="alice")).body
    same({p.policy_name for p in has.policies.policy},
         {"read-some", "no-secrets", "not-from-here", "not-from-there"}, "her policies")
    having = ram.list_entities_for_policy(models.ListEntitiesForPolicyRequest(
        policy_name="no-secrets", policy_type="Custom")).body
    same([user.user_name for user in having.users.user], ["alice"], "who has it")
    refused("DeleteConflict.Policy.User",
            lambda: ram.delete_policy(models.DeletePolicyRequest(policy_name="no-secrets")))
    for name in ["not-from-here", "not-from-there", "no-secrets"]:
        detach(name)
        ram.delete_policy(models.DeletePolicyRequest(policy_name=name))
    same(reads("secret/b.txt"), b"b", "allowed again")
    used = ram.get_access_key_last_used(models.GetAccessKeyLastUsedRequest(
        user_name="alice", user_access_key_id=key.access_key_id)).body.access_key_last_used
    check(used.last_used_date != "N/A", "when the key was used")

    ram.update_access_key(models.UpdateAccessKeyRequest(
        user_name="alice", user_access_key_id=key.access_key_id, status="Inactive"))
    same(reads("open/a.txt"), "InvalidAccessKeyId", "a disabled key is refused by the store")
    refused("DeleteConflict.User.Policy",
            lambda: ram.delete_user(models.DeleteUserRequest(user_name="alice")))
    detach("read-some")
    refused("DeleteConflict.User.AccessKey",
            lambda: ram.delete_user(models.DeleteUserRequest(user_name="alice")))
    ram.delete_access_key(
        models.DeleteAccessKeyRequest(user_name="alice", user_access_key_id=key.access_key_id))
    same(reads("open/a.txt"), "InvalidAccessKeyId", "a deleted key is refused by the store")
    ram.delete_user(models.DeleteUserRequest(user_name="alice"))


def by_rpc_v1():
    """The older client, whose signature stands among the parameters."""
    core = AcsClient(KEY_ID, KEY_SECRET, REGION)

    def call(who, action, **parameters):
        request = CommonRequest(domain=PLACE, version="2015-05-01", action_name=action)
        request.set_protocol_type("http")
        request.set_method("POST")
        for name, value in parameters.items():
            request.add_query_param(name, value)
        return json.loads(who.do_action_with_exception(request))

    def refuses(code, who, action, **parameters):
        try:
            call(who, action, **parameters)
        except ServerException as error:
            same(error.get_error_code(), code, "the refusal")
            return
        raise AssertionError(f"{code} was expected")

    same(call(core, "CreateUser", UserName="bob", Comments="a+b c&d=é*~")["User"]["Comments"],
         "a+b c&d=é*~", "words that break what does not encode")
    made = call(core, "CreateAccessKey", UserName="bob")["AccessKey"]
    call(core, "UpdateAccessKey", UserName="bob", UserAccessKeyId=made["AccessKeyId"], Status="Inactive")
    listed = call(core, "ListAccessKeys", UserName="bob")["AccessKeys"]["AccessKey"]
    same([key["Status"] for key in listed], ["Inactive"], "the status")
    hers = AcsClient(made["AccessKeyId"], made["AccessKeySecret"], REGION)
    refuses("InvalidAccessKeyId.Inactive", hers, "ListUsers")
    wrong = AcsClient(KEY_ID, "NotTheSecret0000000000000000000", REGION)
    refuses("SignatureDoesNotMatch", wrong, "ListUsers")
    refuses("MissingParameter.UserName", core, "GetUser")
    refuses("InvalidAction.NotFound", core, "CreateCastle")
    call(core, "DeleteAccessKey", UserName="bob", UserAccessKeyId=made["AccessKeyId"])
    call(core, "DeleteUser", UserName="bob")


def main():
    ram = client()
    users(ram)
    key = keys(ram)
    policies(ram)
    rights(ram, key)
    by_rpc_v1()
    finish()


main()
