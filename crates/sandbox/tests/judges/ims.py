"""The official client of IMS, `alibabacloud-ims20190815`: users, keys, network restrictions, the recycle bin."""

import json

from alibabacloud_ims20190815 import models as m
from alibabacloud_ram20150501 import models as ram_models
import oss2

from accounts import ims, ram, refused, source, sts, user
from judge import KEY_ID, KEY_SECRET, OSS, REGION, check, finish, same
from storage_clients import ALL, refused as storage_refused

NAME = "ims-data"
NEAR, FAR = "203.0.113.5", "198.51.100.7"


def restriction(*addresses, status="Active"):
    statements = [{"Type": "ClassicWhiteList", "IPList": list(addresses)}] if addresses else []
    return json.dumps({"Version": 1, "Status": status, "Statements": statements})


def users(c, domain):
    made = c.create_user(m.CreateUserRequest(
        user_principal_name=f"erin@{domain}", display_name="Erin")).body.user
    same(made.user_principal_name, f"erin@{domain}", "the user's name")
    for request in (
        m.GetUserRequest(user_principal_name=f"erin@{domain}"), m.GetUserRequest(user_id=made.user_id),
    ):
        same(c.get_user(request).body.user.user_id, made.user_id, "the user comes back")
    same(ram().get_user(ram_models.GetUserRequest(user_name="erin")).body.user.user_id, made.user_id,
         "RAM knows the same user")
    refused("EntityNotExist.User", c.get_user, m.GetUserRequest(user_principal_name="erin@elsewhere"), status=404)
    found = c.list_user_basic_infos(m.ListUserBasicInfosRequest()).body.user_basic_infos.user_basic_info
    check(made.user_id in {u.user_id for u in found}, "the short list")
    found = c.list_users(m.ListUsersRequest(max_items=1)).body
    same(len(found.users.user), 1, "a page of users")
    return made


def keys(c, name):
    pair = c.create_access_key(m.CreateAccessKeyRequest(user_principal_name=name)).body.access_key
    same(c.get_user(m.GetUserRequest(user_access_key_id=pair.access_key_id)).body.user.user_principal_name, name,
         "whose a key is")
    key = {"user_principal_name": name, "user_access_key_id": pair.access_key_id}
    erin = sts(pair.access_key_id, pair.access_key_secret)
    erin.get_caller_identity()
    used = c.get_access_key_last_used(m.GetAccessKeyLastUsedRequest(**key)).body.access_key_last_used
    same(used.service_name, "Sts", "the service a key was last used for")
    c.update_access_key(m.UpdateAccessKeyRequest(**key, status="Inactive"))
    refused("InvalidAccessKeyId.Inactive", erin.get_caller_identity)
    listed = c.list_access_keys(m.ListAccessKeysRequest(user_principal_name=name)).body.access_keys.access_key
    same([(k.access_key_id, k.status) for k in listed], [(pair.access_key_id, "Inactive")], "the keys of a user")
    c.update_access_key(m.UpdateAccessKeyRequest(**key, status="Active"))
    erin.get_caller_identity()
    return key, pair


def recycled(c, user_id, key, pair):
    """A deleted key opens nothing, waits in the bin, and comes back disabled."""
    erin = sts(pair.access_key_id, pair.access_key_secret)
    c.delete_access_key(m.DeleteAccessKeyRequest(**key))
    refused("InvalidAccessKeyId.NotFound", erin.get_caller_identity, status=404)

    def bin_of(user_id=user_id):
        found = c.list_access_keys_in_recycle_bin(m.ListAccessKeysInRecycleBinRequest(user_id=user_id))
        return [k.access_key_id for k in found.body.access_keys.access_key]

    same(bin_of(), [pair.access_key_id], "the bin")
    info = c.get_access_key_info_in_recycle_bin(m.GetAccessKeyInfoInRecycleBinRequest(
        user_access_key_id=pair.access_key_id)).body.access_key
    same((info.user_id, info.user_principal_name), (user_id, key["user_principal_name"]), "whose it was")
    check(info.create_date <= info.recycle_date < info.delete_date, "its dates")
    place = {"user_id": user_id, "user_access_key_id": pair.access_key_id}
    c.restore_access_key_from_recycle_bin(m.RestoreAccessKeyFromRecycleBinRequest(**place))
    same(bin_of(), [], "the bin is empty")
    refused("InvalidAccessKeyId.Inactive", erin.get_caller_identity)
    c.update_access_key(m.UpdateAccessKeyRequest(**key, status="Active"))
    erin.get_caller_identity()
    # Two new keys leave no room to restore.
    c.delete_access_key(m.DeleteAccessKeyRequest(**key))
    spare = [c.create_access_key(m.CreateAccessKeyRequest(user_principal_name=key["user_principal_name"]))
             for _ in range(2)]
    refused("LimitExceeded.User.AccessKey", c.restore_access_key_from_recycle_bin,
            m.RestoreAccessKeyFromRecycleBinRequest(**place), status=409)
    for made in spare:
        c.delete_access_key(m.DeleteAccessKeyRequest(
            user_principal_name=key["user_principal_name"],
            user_access_key_id=made.body.access_key.access_key_id))
    same(len(bin_of()), 3, "the bin holds three keys of a user")
    c.delete_access_key_in_recycle_bin(m.DeleteAccessKeyInRecycleBinRequest(**place))
    refused("EntityNotExist.User.AccessKey", c.restore_access_key_from_recycle_bin,
            m.RestoreAccessKeyFromRecycleBinRequest(**place), status=404)
    check(pair.access_key_id not in bin_of(), "what is deleted in the bin is gone")


def fenced(c, domain):
    """A restriction binds one key everywhere, and not its sibling."""
    pair = user(ram(), "fenced", "AliyunOSSReadOnlyAccess", "AliyunRAMReadOnlyAccess")
    made = ram().create_access_key(ram_models.CreateAccessKeyRequest(user_name="fenced")).body.access_key
    sibling = made.access_key_id, made.access_key_secret
    key = {"user_principal_name": f"fenced@{domain}", "user_access_key_id": pair[0]}

    def put(text):
        return c.set_access_key_policy(m.SetAccessKeyPolicyRequest(**key, access_key_policy=text)).body

    same(put(restriction(NEAR, "2001:db8::/32")).access_key_id, pair[0], "the restriction is set")
    got = c.get_access_key_policy(m.GetAccessKeyPolicyRequest(**key)).body.access_key_policy
    same(json.loads(got)["Statements"][0]["IPList"], [NEAR, "2001:db8::/32"], "and comes back")
    for kind in ALL:
        client, other = kind(*pair), kind(*sibling)
        same(client.get(NAME, "a", address=NEAR), b"1", "from within")
        same(client.get(NAME, "a", address="2001:db8::1"), b"1", "from within by IPv6")
        storage_refused(client, "AccessDenied", client.get, NAME, "a", address=FAR)
        storage_refused(client, "AccessDenied", client.get, NAME, "a")
        same(other.get(NAME, "a", address=FAR), b"1", "the sibling is not bound")
    mine, listing = ram(*pair), ram_models.ListUsersRequest()
    mine.list_users_with_options(listing, source(NEAR))
    refused("InvalidAccessKeyId.AccessPolicyDenied", mine.list_users_with_options, listing, source(FAR), status=400)
    ram(*sibling).list_users_with_options(listing, source(FAR))

    put(restriction(status="Inactive"))
    for kind in ALL:
        same(kind(*pair).get(NAME, "a", address=FAR), b"1", "open again when it is switched off")
    for broken in ("{", restriction().replace("1,", "\"1\","), restriction("nowhere")):
        refused("InvalidParameter.AccessKeyPolicy", put, broken, status=400)
    account(c, pair, sibling, key)


def account(c, pair, sibling, key):
    """The account's rule binds every key that has none of its own, this client's too."""
    rule = m.SetAccessKeyPolicyForAccountRequest(access_key_policy=restriction(NEAR, "127.0.0.1"))
    c.set_access_key_policy_for_account(rule)
    got = c.get_access_key_policy_for_account(m.GetAccessKeyPolicyForAccountRequest()).body.access_key_policy
    same(json.loads(got)["Status"], "Active", "the account's rule comes back")
    c.set_access_key_policy(m.SetAccessKeyPolicyRequest(**key, access_key_policy=restriction(FAR)))
    for kind in ALL:
        client, other = kind(*pair), kind(*sibling)
        same(client.get(NAME, "a", address=FAR), b"1", "a key's own rule stands in place of the account's")
        storage_refused(client, "AccessDenied", client.get, NAME, "a", address=NEAR)
        same(other.get(NAME, "a", address=NEAR), b"1", "the account's rule admits")
        storage_refused(other, "AccessDenied", other.get, NAME, "a", address=FAR)
    c.set_access_key_policy_for_account(m.SetAccessKeyPolicyForAccountRequest(
        access_key_policy=restriction(status="Inactive")))
    for kind in ALL:
        same(kind(*sibling).get(NAME, "a", address=FAR), b"1", "and no longer when it is switched off")


def main():
    data = oss2.Bucket(oss2.AuthV4(KEY_ID, KEY_SECRET), OSS, NAME, is_path_style=True, region=REGION)
    data.create_bucket()
    data.put_object("a", b"1")
    c = ims()
    domain = c.get_default_domain().body.default_domain_name
    check(domain.endswith(".onaliyun.com"), "the account's domain")
    erin = users(c, domain)
    key, pair = keys(c, erin.user_principal_name)
    recycled(c, erin.user_id, key, pair)
    fenced(c, domain)
    finish()


main()
