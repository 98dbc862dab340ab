"""The official clients of the accounts' services: how they are pointed here, and what a refusal must be."""

import json
import os
import re

from alibabacloud_ims20190815 import client as ims_client
from alibabacloud_kms20160120 import client as kms_client
from alibabacloud_ram20150501 import client as ram_client, models as ram_models
from alibabacloud_sts20150401 import client as sts_client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.exceptions import DaraException
from darabonba.runtime import ExtendsParameters, RuntimeOptions

from judge import KEY_ID, KEY_SECRET, REGION, check, same

ACCOUNTS = os.environ["JUDGE_RAM_ENDPOINT"]

# A request id is a random UUID in upper case.
UUID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}")


def _client(module, key_id, secret, token):
    config = Config(
        access_key_id=key_id, access_key_secret=secret, security_token=token, region_id=REGION,
        endpoint=ACCOUNTS.removeprefix("http://"), protocol="http")
    return module.Client(config)


def ram(key_id=KEY_ID, secret=KEY_SECRET, token=None):
    return _client(ram_client, key_id, secret, token)


def ims(key_id=KEY_ID, secret=KEY_SECRET, token=None):
    return _client(ims_client, key_id, secret, token)


def sts(key_id=KEY_ID, secret=KEY_SECRET, token=None):
    return _client(sts_client, key_id, secret, token)


def kms(key_id=KEY_ID, secret=KEY_SECRET, token=None):
    return _client(kms_client, key_id, secret, token)


def source(address):
    """Options that let a call come from an address."""
    headers = {"x-sandbox-source-ip": address}
    return RuntimeOptions(autoretry=False, extends_parameters=ExtendsParameters(headers=headers))


def refused(code, call, *words, status=None):
    """The refusal that a call must get."""
    try:
        call(*words)
    except DaraException as error:
        same(error.code, code, "the refusal")
        check(UUID.fullmatch(error.request_id), f"a refusal has a request id: {error.request_id}")
        if status:
            same(error.status_code, status, f"the status of {code}")
        return error
    raise AssertionError(f"{code} was expected")


def user(c, name, *policies):
    """A user with policies of the provider or of the account, and its key pair."""
    c.create_user(ram_models.CreateUserRequest(user_name=name))
    for policy in policies:
        attach(c, name, policy)
    key = c.create_access_key(ram_models.CreateAccessKeyRequest(user_name=name)).body.access_key
    return key.access_key_id, key.access_key_secret


def kind(policy):
    return "System" if policy.startswith(("Aliyun", "Administrator")) else "Custom"


def attach(c, name, policy):
    c.attach_policy_to_user(ram_models.AttachPolicyToUserRequest(
        user_name=name, policy_name=policy, policy_type=kind(policy)))


def policy(c, name, *statements):
    """A policy of the account."""
    document = json.dumps({"Version": "1", "Statement": list(statements)})
    c.create_policy(ram_models.CreatePolicyRequest(policy_name=name, policy_document=document))
