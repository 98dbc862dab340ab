"""The official client of STS, `alibabacloud-sts20150401`, and what its temporary keys open."""

import datetime
import json

from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_sts20150401 import models as m
import oss2

from accounts import policy, ram, refused, sts, user
from judge import KEY_ID, KEY_SECRET, OSS, REGION, check, fetch, finish, same
from storage_clients import ALL, First, refused as storage_refused

NAME = "sts-data"


def role(c, uid, name, principal, *policies):
    trust = {"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [principal]}}]}
    made = c.create_role(ram_models.CreateRoleRequest(
        role_name=name, assume_role_policy_document=json.dumps(trust))).body.role
    same(made.arn, f"acs:ram::{uid}:role/{name}", "the role's name")
    for one in policies:
        c.attach_policy_to_role(ram_models.AttachPolicyToRoleRequest(
            role_name=name, policy_name=one, policy_type="System"))
    return made


def identities(c):
    account = sts().get_caller_identity().body
    same((account.identity_type, account.arn), ("Account", f"acs:ram::{account.account_id}:root"), "the account")
    pair = user(c, "frank", "AliyunSTSAssumeRoleAccess")
    frank = sts(*pair).get_caller_identity().body
    same((frank.identity_type, frank.account_id), ("RAMUser", account.account_id), "a user")
    same(frank.arn, f"acs:ram::{account.account_id}:user/frank", "the user's name")
    return account.account_id, pair


def take(client, arn, session="audit", **more):
    taken = client.assume_role(m.AssumeRoleRequest(role_arn=arn, role_session_name=session, **more)).body
    found = taken.credentials
    return taken, (found.access_key_id, found.access_key_secret, found.security_token)


def refusals(c, uid, frank, reader):
    good = {"role_arn": reader.arn, "role_session_name": "audit"}
    refused("NoPermission", sts().assume_role, m.AssumeRoleRequest(**good), status=403)
    grace = sts(*user(c, "grace"))
    refused("NoPermission", grace.assume_role, m.AssumeRoleRequest(**good), status=403)
    strange = role(c, uid, "trusts-others", "acs:ram::1000000000000001:root")
    refused("NoPermission", frank.assume_role, m.AssumeRoleRequest(**{**good, "role_arn": strange.arn}), status=403)
    for change, code in (
        ({"role_arn": f"acs:ram::{uid}:role/none"}, "EntityNotExist.Role"),
        ({"role_arn": "reader"}, "InvalidParameter.RoleArn"),
        ({"role_session_name": "*"}, "InvalidParameter.RoleSessionName"),
        ({"duration_seconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": 3601}, "InvalidParameter.DurationSeconds"),
        ({"policy": "{"}, "InvalidParameter.PolicyGrammar"),
    ):
        refused(code, frank.assume_role, m.AssumeRoleRequest(**{**good, **change}))
    trust = ram_models.CreateRoleRequest(role_name="broken", assume_role_policy_document="{}")
    refused("InvalidParameter.AssumeRolePolicyDocument", c.create_role, trust, status=400)


def temporary(c, uid, frank, reader):
    taken, keys = take(frank, reader.arn)
    check(keys[0].startswith("STS.") and len(keys[2]) > 100, "the shape of a temporary key")
    ends = datetime.datetime.strptime(taken.credentials.expiration, "%Y-%m-%dT%H:%M:%SZ")
    lasts = (ends - datetime.datetime.utcnow()).total_seconds()
    check(3500 < lasts <= 3600, "how long it lasts")
    same(taken.assumed_role_user.assumed_role_id, f"{reader.role_id}:audit", "who one has become")
    identity = sts(*keys).get_caller_identity().body
    same((identity.identity_type, identity.arn),
         ("AssumedRoleUser", f"acs:ram::{uid}:assumed-role/reader/audit"), "who one is")
    for kind in ALL:
        client = kind(*keys)
        same(client.get(NAME, "open/a"), b"1", "what the role may read")
        storage_refused(client, "AccessDenied", client.put, NAME, "open/a", b"x")
    refused("NoPermission", ram(*keys).list_users, ram_models.ListUsersRequest(), status=403)

    # A token is part of the key.
    refused("MissingSecurityToken", sts(*keys[:2]).get_caller_identity, status=400)
    refused("InvalidSecurityToken.MismatchWithAccessKey", sts(*keys[:2], "bm8=").get_caller_identity, status=400)
    storage_refused(First(*keys[:2]), "InvalidAccessKeyId", First(*keys[:2]).get, NAME, "open/a")
    false = First(*keys[:2], "bm8=")
    storage_refused(false, ("InvalidSecurityToken", "0002-00000006"), false.get, NAME, "open/a")
    refused("InvalidSecurityToken.MismatchWithAccessKey", sts(KEY_ID, KEY_SECRET, keys[2]).get_caller_identity)
    # A pre-signed address carries it too.
    auth = oss2.StsAuth(*keys, auth_version="v1")
    url = oss2.Bucket(auth, OSS, NAME, is_path_style=True).sign_url("GET", "open/a", 60)
    same(fetch(url), (200, b"1"), "a signed address of a temporary key")
    return keys


def narrowed(frank, reader):
    only = {"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "oss:*", "Resource": f"acs:oss:*:*:{NAME}/open/*"}]}
    _, keys = take(frank, reader.arn, policy=json.dumps(only))
    for kind in ALL:
        client = kind(*keys)
        same(client.get(NAME, "open/a"), b"1", "what both allow")
        storage_refused(client, ("AccessDenied", "0003-00000301"), client.get, NAME, "secret/b")
        # The policy of a session gives nothing that the role has not.
        storage_refused(client, ("AccessDenied", "0003-00000001"), client.put, NAME, "open/a", b"x")


def revoked(c, keys):
    """What the role loses, its temporary keys lose; with the role they end."""
    policy(c, "no-oss", {"Effect": "Deny", "Action": "oss:*", "Resource": "*"})
    c.attach_policy_to_role(ram_models.AttachPolicyToRoleRequest(
        role_name="reader", policy_name="no-oss", policy_type="Custom"))
    for kind in ALL:
        client = kind(*keys)
        storage_refused(client, ("AccessDenied", "0003-00000201"), client.get, NAME, "open/a")
    delete = ram_models.DeleteRoleRequest(role_name="reader")
    refused("DeleteConflict.Role.Policy", c.delete_role, delete, status=409)
    listed = c.list_policies_for_role(ram_models.ListPoliciesForRoleRequest(role_name="reader"))
    for one in listed.body.policies.policy:
        c.detach_policy_from_role(ram_models.DetachPolicyFromRoleRequest(
            role_name="reader", policy_name=one.policy_name, policy_type=one.policy_type))
    c.delete_role(delete)
    refused("InvalidAccessKeyId.NotFound", sts(*keys).get_caller_identity, status=404)
    client = First(*keys)
    storage_refused(client, "InvalidAccessKeyId", client.get, NAME, "open/a")


def main():
    data = oss2.Bucket(oss2.AuthV4(KEY_ID, KEY_SECRET), OSS, NAME, is_path_style=True, region=REGION)
    data.create_bucket()
    data.put_object("open/a", b"1")
    data.put_object("secret/b", b"2")
    c = ram()
    uid, pair = identities(c)
    frank = sts(*pair)
    reader = role(c, uid, "reader", f"acs:ram::{uid}:root", "AliyunOSSReadOnlyAccess")
    refusals(c, uid, frank, reader)
    keys = temporary(c, uid, frank, reader)
    narrowed(frank, reader)
    # A role may be found and listed.
    same([r.role_name for r in c.list_roles(ram_models.ListRolesRequest()).body.roles.role],
         ["reader", "trusts-others"], "the roles")
    same(c.get_role(ram_models.GetRoleRequest(role_name="reader")).body.role.role_id, reader.role_id, "the role")
    # A temporary key outlives the key it was asked for with.
    c.update_access_key(ram_models.UpdateAccessKeyRequest(
        user_name="frank", user_access_key_id=pair[0], status="Inactive"))
    same(First(*keys).get(NAME, "open/a"), b"1", "disabling a key does not end what it asked for")
    revoked(c, keys)
    finish()


main()
