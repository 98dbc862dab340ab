"""The official client of KMS, `alibabacloud-kms20160120`, hosting and rotating the keys of a RAM user."""

import json
import time

from alibabacloud_kms20160120 import models as m
from alibabacloud_ram20150501 import models as ram_models
import oss2

from accounts import kms, ram, refused, user
from judge import KEY_ID, KEY_SECRET, OSS, REGION, check, finish, same
from storage_clients import ALL, First, refused as storage_refused

BUCKET = "kms-data"
NAME = "acs/ram/user/hosted"


def request(pairs, name="hosted", **more):
    words = {
        "secret_name": "$Auto", "secret_type": "RAMCredentials", "version_id": "v1",
        "secret_data": json.dumps({"AccessKeys": [
            {"AccessKeyId": key_id, "AccessKeySecret": secret} for key_id, secret in pairs]}),
        # The client wants a map here and writes it as JSON.
        "extended_config": {"SecretSubType": "RamUserAccessKey", "UserName": name, "CustomData": {}},
        **more,
    }
    return m.CreateSecretRequest(**words)


def value(c, stage=None):
    got = c.get_secret_value(m.GetSecretValueRequest(secret_name=NAME, version_stage=stage)).body
    data = json.loads(got.secret_data)
    return got, (data["AccessKeyId"], data["AccessKeySecret"])


def until(holds, what):
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(what)


def keys_of(name):
    listed = ram().list_access_keys(ram_models.ListAccessKeysRequest(user_name=name)).body
    return [k.access_key_id for k in listed.access_keys.access_key]


def hosting(c, pair):
    second = ram().create_access_key(ram_models.CreateAccessKeyRequest(user_name="hosted")).body.access_key
    refused("InvalidParameter", c.create_secret, request([pair]), status=400)
    ram().delete_access_key(ram_models.DeleteAccessKeyRequest(
        user_name="hosted", user_access_key_id=second.access_key_id))
    refused("EntityNotExist.User", c.create_secret, request([pair], "nobody"), status=404)
    refused("InvalidParameter", c.create_secret, request([pair], secret_name="own-name"), status=400)
    refused("InvalidParameter", c.create_secret, request([(KEY_ID, KEY_SECRET)]), status=400)
    made = c.create_secret(request([pair], enable_automatic_rotation=True, rotation_interval="7d",
                                   description="made up")).body
    same((made.secret_name, made.secret_type, made.version_id), (NAME, "RAMCredentials", "v1"), "the secret")
    same((made.automatic_rotation, made.rotation_interval), ("Enabled", "604800s"), "how it is rotated")
    check(made.arn.endswith(f":secret/{NAME}") and made.next_rotation_date, "its resource name and next rotation")
    refused("Rejected.ResourceExist", c.create_secret, request([pair]), status=409)
    got, hosted = value(c)
    same((hosted, got.version_stages.version_stage), (pair, ["ACSCurrent"]), "the pair that is handed out")
    refused("Forbidden.ResourceNotFound", c.get_secret_value, m.GetSecretValueRequest(secret_name="none"), status=404)
    refused("Forbidden.ResourceNotFound", c.get_secret_value,
            m.GetSecretValueRequest(secret_name=NAME, version_stage="ACSPrevious"), status=404)
    filters = json.dumps([{"Key": "SecretType", "Values": ["RAMCredentials"]}])
    listed = c.list_secrets(m.ListSecretsRequest(filters=filters)).body
    same(([s.secret_name for s in listed.secret_list.secret], listed.total_count), ([NAME], 1), "the list")
    filters = json.dumps([{"Key": "SecretType", "Values": ["Rds"]}])
    same(c.list_secrets(m.ListSecretsRequest(filters=filters)).body.total_count, 0, "none of another type")
    outsider = kms(*user(ram(), "outsider", "AliyunOSSFullAccess"))
    refused("NoPermission", outsider.get_secret_value, m.GetSecretValueRequest(secret_name=NAME), status=403)


def rotation(c, old):
    """The answer comes at once, the new pair later; the old one lives until the window ends."""
    described = c.describe_secret(m.DescribeSecretRequest(secret_name=NAME)).body
    check(not described.last_rotation_date, "not rotated yet")
    rotate = m.RotateSecretRequest(secret_name=NAME, version_id="v2")
    same(c.rotate_secret(rotate).body.version_id, "v2", "the version to come")
    same(value(c)[1], old, "the answer comes before the new pair")
    c.rotate_secret(rotate)
    refused("Rejected.ResourceInUse", c.rotate_secret,
            m.RotateSecretRequest(secret_name=NAME, version_id="v3"), status=409)
    until(lambda: value(c)[1] != old, "the new pair never came")
    got, new = value(c)
    same(got.version_id, "v2", "the version in use")
    same(set(keys_of("hosted")), {old[0], new[0]}, "both pairs live in the window")
    same(value(c, "ACSPrevious")[1], old, "the one before is still to be had")
    for kind in ALL:
        same(kind(*new).get(BUCKET, "a"), b"1", "the new pair opens")
    same(First(*old).get(BUCKET, "a"), b"1", "the old pair opens in the window")
    refused("Rejected.ResourceInUse", c.update_secret_rotation_policy,
            m.UpdateSecretRotationPolicyRequest(secret_name=NAME, enable_automatic_rotation=False), status=409)
    until(lambda: keys_of("hosted") == [new[0]], "the old pair was never deleted")
    for kind in ALL:
        storage_refused(kind(*old), "InvalidAccessKeyId", kind(*old).get, BUCKET, "a")
        same(kind(*new).get(BUCKET, "a"), b"1", "the new pair goes on")
    described = c.describe_secret(m.DescribeSecretRequest(secret_name=NAME)).body
    check(described.last_rotation_date < described.next_rotation_date, "when it was and will be rotated")
    versions = c.list_secret_version_ids(m.ListSecretVersionIdsRequest(secret_name=NAME)).body
    same([(v.version_id, v.version_stages.version_stage) for v in versions.version_ids.version_id],
         [("v2", ["ACSCurrent"]), ("v1", ["ACSPrevious"])], "the versions")
    # A version that is there already is no new rotation.
    c.rotate_secret(rotate)
    time.sleep(1)
    same(value(c)[1], new, "repeating a rotation changes nothing")
    return new


def stopped(c, old):
    """Disabling stops at once what rotation stops only when its window ends."""
    key = {"user_name": "hosted", "user_access_key_id": old[0]}
    ram().update_access_key(ram_models.UpdateAccessKeyRequest(**key, status="Inactive"))
    storage_refused(First(*old), "InvalidAccessKeyId", First(*old).get, BUCKET, "a")
    c.rotate_secret(m.RotateSecretRequest(secret_name=NAME, version_id="v3"))
    until(lambda: value(c)[1] != old, "a disabled pair is rotated too")
    new = value(c)[1]
    same(First(*new).get(BUCKET, "a"), b"1", "the new pair opens")
    storage_refused(First(*old), "InvalidAccessKeyId", First(*old).get, BUCKET, "a")
    until(lambda: keys_of("hosted") == [new[0]], "the old pair was never deleted")
    return new


def ending(c, pair):
    c.update_secret_rotation_policy(m.UpdateSecretRotationPolicyRequest(
        secret_name=NAME, enable_automatic_rotation=False))
    same(c.describe_secret(m.DescribeSecretRequest(secret_name=NAME)).body.automatic_rotation, "Disabled", "no more")
    deleted = c.delete_secret(m.DeleteSecretRequest(secret_name=NAME, recovery_window_in_days="7")).body
    check(deleted.planned_delete_time, "when it will be gone")
    refused("Rejected.PendingDeletion", c.get_secret_value, m.GetSecretValueRequest(secret_name=NAME), status=409)
    c.restore_secret(m.RestoreSecretRequest(secret_name=NAME))
    same(value(c)[1], pair, "restored")
    c.delete_secret(m.DeleteSecretRequest(secret_name=NAME, force_delete_without_recovery="true"))
    refused("Forbidden.ResourceNotFound", c.describe_secret, m.DescribeSecretRequest(secret_name=NAME), status=404)
    same(First(*pair).get(BUCKET, "a"), b"1", "deleting the secret leaves the pair alone")


def main():
    data = oss2.Bucket(oss2.AuthV4(KEY_ID, KEY_SECRET), OSS, BUCKET, is_path_style=True, region=REGION)
    data.create_bucket()
    data.put_object("a", b"1")
    c = kms()
    pair = user(ram(), "hosted", "AliyunOSSReadOnlyAccess")
    hosting(c, pair)
    pair = rotation(c, pair)
    pair = stopped(c, pair)
    ending(c, pair)
    finish()


main()
