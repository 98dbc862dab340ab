"""The official client of RAM, `alibabacloud-ram20150501`, through every call, signed with ACS3-HMAC-SHA256."""

import datetime
import json

from alibabacloud_ram20150501 import models as m
from alibabacloud_tea_openapi.utils import Utils

from accounts import UUID, attach, policy, ram, refused, user
from judge import KEY_ID, check, finish, same


def users(c):
    made = c.create_user(m.CreateUserRequest(
        user_name="alice", display_name="Alice é", comments="made up", email="alice@example.com",
        mobile_phone="86-18600008888"))
    check(UUID.fullmatch(made.body.request_id), f"an answer has a request id: {made.body.request_id}")
    alice = made.body.user
    same((alice.user_name, alice.display_name, alice.comments), ("alice", "Alice é", "made up"), "the user")
    check(len(alice.user_id) == 18 and alice.user_id.isdigit(), "an id has 18 digits")
    datetime.datetime.strptime(alice.create_date, "%Y-%m-%dT%H:%M:%SZ")
    got = c.get_user(m.GetUserRequest(user_name="alice")).body.user
    same((got.user_id, got.email), (alice.user_id, "alice@example.com"), "the user comes back")
    refused("EntityAlreadyExists.User", c.create_user, m.CreateUserRequest(user_name="alice"), status=409)
    refused("EntityNotExist.User", c.get_user, m.GetUserRequest(user_name="nobody"), status=404)
    refused("InvalidParameter.UserName.InvalidChars", c.create_user, m.CreateUserRequest(user_name="a b"), status=400)
    refused("InvalidParameter.UserName.Length", c.create_user, m.CreateUserRequest(user_name="a" * 65), status=400)
    refused("MissingParameter.UserName", c.create_user, m.CreateUserRequest(), status=400)

    changed = c.update_user(m.UpdateUserRequest(user_name="alice", new_user_name="anna", new_comments="renamed"))
    same((changed.body.user.user_name, changed.body.user.user_id), ("anna", alice.user_id), "the renamed user")
    refused("EntityNotExist.User", c.get_user, m.GetUserRequest(user_name="alice"))
    c.create_user(m.CreateUserRequest(user_name="bob"))
    refused("EntityAlreadyExists.User", c.update_user, m.UpdateUserRequest(user_name="bob", new_user_name="anna"))


def pages(c):
    for number in range(5):
        c.create_user(m.CreateUserRequest(user_name=f"page-{number}"))
    everybody = [u.user_name for u in c.list_users(m.ListUsersRequest()).body.users.user]
    check({"anna", "bob", "page-4"} <= set(everybody), "the list of users")
    for size in (1, 2, 3, 1000):
        found, marker = [], None
        while True:
            page = c.list_users(m.ListUsersRequest(max_items=size, marker=marker)).body
            found += [u.user_name for u in page.users.user]
            check(len(page.users.user) <= size, "no page is longer than asked for")
            if not page.is_truncated:
                break
            marker = page.marker
        same(found, everybody, f"the pages of {size}")
    refused("InvalidParameter.MaxItems", c.list_users, m.ListUsersRequest(max_items=1001))
    for number in range(5):
        c.delete_user(m.DeleteUserRequest(user_name=f"page-{number}"))


def keys(c):
    made = c.create_access_key(m.CreateAccessKeyRequest(user_name="bob")).body.access_key
    same((len(made.access_key_id), len(made.access_key_secret)), (24, 30), "the shape of a key pair")
    check(made.access_key_id.startswith("LTAI5t"), "what an id begins with")
    same(made.status, "Active", "a new key is enabled")
    second = c.create_access_key(m.CreateAccessKeyRequest(user_name="bob")).body.access_key
    refused("LimitExceeded.User.AccessKey", c.create_access_key,
            m.CreateAccessKeyRequest(user_name="bob"), status=409)
    listed = c.list_access_keys(m.ListAccessKeysRequest(user_name="bob")).body.access_keys.access_key
    same({k.access_key_id for k in listed}, {made.access_key_id, second.access_key_id}, "the keys of a user")
    check(not any(hasattr(k, "access_key_secret") for k in listed), "a list shows no secret")

    def update(status, key=made.access_key_id, name="bob"):
        return m.UpdateAccessKeyRequest(user_name=name, user_access_key_id=key, status=status)

    bob = ram(made.access_key_id, made.access_key_secret)
    refused("NoPermission", bob.list_users, m.ListUsersRequest(), status=403)
    used = c.get_access_key_last_used(m.GetAccessKeyLastUsedRequest(
        user_name="bob", user_access_key_id=second.access_key_id)).body.access_key_last_used
    same(used.last_used_date, "N/A", "a key that was never used")
    c.update_access_key(update("Inactive"))
    refused("InvalidAccessKeyId.Inactive", bob.list_users, m.ListUsersRequest(), status=400)
    listed = c.list_access_keys(m.ListAccessKeysRequest(user_name="bob")).body.access_keys.access_key
    same({k.access_key_id: k.status for k in listed}[made.access_key_id], "Inactive", "the status in a list")
    c.update_access_key(update("Active"))
    refused("NoPermission", bob.list_users, m.ListUsersRequest())
    refused("InvalidParameter.Status", c.update_access_key, update("Broken"), status=400)
    refused("EntityNotExist.User.AccessKey", c.update_access_key, update("Active", "LTAI5tMadeUpUnknownKey01"),
            status=404)
    refused("EntityNotExist.User.AccessKey", c.update_access_key, update("Active", name="anna"))
    attach(c, "bob", "AliyunRAMReadOnlyAccess")
    check(bob.list_users(m.ListUsersRequest()).body.users.user, "a policy opens what it says")
    used = c.get_access_key_last_used(m.GetAccessKeyLastUsedRequest(
        user_name="bob", user_access_key_id=made.access_key_id)).body.access_key_last_used
    datetime.datetime.strptime(used.last_used_date, "%Y-%m-%dT%H:%M:%SZ")
    same([k.status for k in bob.list_access_keys(m.ListAccessKeysRequest()).body.access_keys.access_key],
         ["Active", "Active"], "without a name the keys are one's own")

    refused("DeleteConflict.User.Policy", c.delete_user, m.DeleteUserRequest(user_name="bob"), status=409)
    c.detach_policy_from_user(m.DetachPolicyFromUserRequest(
        user_name="bob", policy_name="AliyunRAMReadOnlyAccess", policy_type="System"))
    refused("DeleteConflict.User.AccessKey", c.delete_user, m.DeleteUserRequest(user_name="bob"), status=409)
    for key in (made, second):
        delete = m.DeleteAccessKeyRequest(user_name="bob", user_access_key_id=key.access_key_id)
        c.delete_access_key(delete)
        refused("EntityNotExist.User.AccessKey", c.delete_access_key, delete, status=404)
    refused("InvalidAccessKeyId.NotFound", bob.list_users, m.ListUsersRequest(), status=404)
    c.delete_user(m.DeleteUserRequest(user_name="bob"))
    refused("EntityNotExist.User", c.delete_user, m.DeleteUserRequest(user_name="bob"), status=404)


def policies(c):
    document = json.dumps({"Version": "1", "Statement": [
        {"Effect": "Deny", "Action": "oss:*", "Resource": "*"}]})
    create = m.CreatePolicyRequest(policy_name="deny-oss", policy_document=document, description="made up")
    made = c.create_policy(create).body.policy
    same((made.policy_name, made.policy_type, made.default_version), ("deny-oss", "Custom", "v1"), "the policy")
    refused("EntityAlreadyExists.Policy", c.create_policy, create, status=409)
    refused("InvalidParameter.PolicyName.InvalidChars", c.create_policy,
            m.CreatePolicyRequest(policy_name="a b", policy_document=document))
    for broken in ("{", json.dumps({"Version": "2", "Statement": []}), "x" * 6145):
        refused("InvalidParameter.PolicyDocument", c.create_policy,
                m.CreatePolicyRequest(policy_name="broken", policy_document=broken), status=400)
    get = m.GetPolicyRequest(policy_name="deny-oss", policy_type="Custom")
    got = c.get_policy(get).body
    same(json.loads(got.default_policy_version.policy_document), json.loads(document), "the document")
    refused("EntityNotExist.Policy", c.get_policy, m.GetPolicyRequest(policy_name="none", policy_type="Custom"),
            status=404)
    system = c.list_policies(m.ListPoliciesRequest(policy_type="System")).body.policies.policy
    check({"AdministratorAccess", "AliyunOSSFullAccess"} <= {p.policy_name for p in system}, "the provider's own")
    custom = c.list_policies(m.ListPoliciesRequest(policy_type="Custom")).body.policies.policy
    same([p.policy_name for p in custom], ["deny-oss"], "the account's own")
    page = c.list_policies(m.ListPoliciesRequest(max_items=2)).body
    check(page.is_truncated and page.marker and len(page.policies.policy) == 2, "a page of policies")
    versions(c, document)

    attach(c, "anna", "deny-oss")
    refused("EntityAlreadyExists.User.Policy", attach, c, "anna", "deny-oss", status=409)
    refused("EntityNotExist.Policy", attach, c, "anna", "none", status=404)
    refused("EntityNotExist.User", attach, c, "nobody", "deny-oss", status=404)
    having = c.list_policies_for_user(m.ListPoliciesForUserRequest(user_name="anna")).body.policies.policy
    same([(p.policy_name, p.policy_type) for p in having], [("deny-oss", "Custom")], "the policies of a user")
    entities = c.list_entities_for_policy(m.ListEntitiesForPolicyRequest(
        policy_name="deny-oss", policy_type="Custom")).body
    same([u.user_name for u in entities.users.user], ["anna"], "who has a policy")
    delete = m.DeletePolicyRequest(policy_name="deny-oss")
    refused("DeleteConflict.Policy.User", c.delete_policy, delete, status=409)
    detach = m.DetachPolicyFromUserRequest(user_name="anna", policy_name="deny-oss", policy_type="Custom")
    c.detach_policy_from_user(detach)
    refused("EntityNotExist.User.Policy", c.detach_policy_from_user, detach, status=404)
    c.delete_policy(delete)
    refused("EntityNotExist.Policy", c.delete_policy, delete, status=404)


def versions(c, document):
    name = {"policy_name": "deny-oss"}

    def create(**more):
        return m.CreatePolicyVersionRequest(**name, policy_document=document, **more)

    listing = m.ListPolicyVersionsRequest(**name, policy_type="Custom")

    def listed():
        found = c.list_policy_versions(listing).body.policy_versions.policy_version
        return [(v.version_id, v.is_default_version) for v in found]

    made = c.create_policy_version(create(set_as_default=True)).body.policy_version
    same((made.version_id, made.is_default_version), ("v2", True), "a new version in force")
    same(sorted(listed()), [("v1", False), ("v2", True)], "the versions")
    refused("DeleteConflict.Policy.Version", c.delete_policy, m.DeletePolicyRequest(**name), status=409)
    refused("DeleteConflict.Policy.Version.Default", c.delete_policy_version,
            m.DeletePolicyVersionRequest(**name, version_id="v2"), status=409)
    c.set_default_policy_version(m.SetDefaultPolicyVersionRequest(**name, version_id="v1"))
    same(sorted(listed()), [("v1", True), ("v2", False)], "the first one is in force again")
    refused("EntityNotExist.Policy.Version", c.set_default_policy_version,
            m.SetDefaultPolicyVersionRequest(**name, version_id="v9"), status=404)
    refused("InvalidParameter.VersionId.Format", c.delete_policy_version,
            m.DeletePolicyVersionRequest(**name, version_id="nine"), status=400)
    for _ in range(3):
        c.create_policy_version(create())
    refused("LimitExceeded.Policy.Version", c.create_policy_version, create(), status=409)
    c.create_policy_version(create(rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded"))
    same([v for v, _ in listed()], ["v6", "v5", "v4", "v3", "v1"], "the oldest that is not in force made room")
    got = c.get_policy_version(m.GetPolicyVersionRequest(**name, policy_type="Custom", version_id="v3"))
    same(json.loads(got.body.policy_version.policy_document), json.loads(document), "a version's document")
    for version in ("v3", "v4", "v5", "v6"):
        c.delete_policy_version(m.DeletePolicyVersionRequest(**name, version_id=version))
    same(listed(), [("v1", True)], "one version is left")


def resources(c):
    """A policy may name the users it speaks of."""
    policy(c, "only-carol", {"Effect": "Allow", "Action": "ram:*AccessKey*", "Resource": "acs:ram:*:*:user/carol"})
    operator = ram(*user(c, "operator", "only-carol"))
    user(c, "carol")
    same(len(operator.list_access_keys(m.ListAccessKeysRequest(user_name="carol")).body.access_keys.access_key), 1,
         "what the policy names is open")
    error = refused("NoPermission", operator.list_access_keys, m.ListAccessKeysRequest(user_name="anna"), status=403)
    detail = error.access_denied_detail
    same((detail["AuthAction"], detail["NoPermissionType"]), ("ram:ListAccessKeys", "ImplicitDeny"), "who denies")


def signatures(c):
    """What a server must refuse before it looks at the call."""
    refused("SignatureDoesNotMatch", ram(KEY_ID, "wrong").list_users, m.ListUsersRequest(), status=400)
    refused("InvalidAccessKeyId.NotFound", ram("LTAI5tMadeUpUnknownKey01").list_users, m.ListUsersRequest(),
            status=404)
    clock, nonce = Utils.get_timestamp, Utils.get_nonce
    for minutes in (-16, 16):
        at = datetime.datetime.utcnow() + datetime.timedelta(minutes=minutes)
        Utils.get_timestamp = staticmethod(lambda at=at: at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        refused("InvalidTimeStamp.Expired", c.list_users, m.ListUsersRequest(), status=400)
    Utils.get_timestamp = staticmethod(clock)
    Utils.get_nonce = staticmethod(lambda: "used-twice")
    c.list_users(m.ListUsersRequest())
    refused("SignatureNonceUsed", c.list_users, m.ListUsersRequest(), status=400)
    Utils.get_nonce = staticmethod(nonce)
    # A name that must survive the query, the signature and JSON.
    hostile = "\"<b>&'\n\r é 猫 \U0001f511 %2f+"
    c.update_user(m.UpdateUserRequest(user_name="anna", new_comments=hostile))
    same(c.get_user(m.GetUserRequest(user_name="anna")).body.user.comments, hostile, "a hostile text")


def main():
    c = ram()
    users(c)
    pages(c)
    keys(c)
    policies(c)
    resources(c)
    signatures(c)
    finish()


main()
