"""The client of the first generation, `aliyun-python-sdk-core`: RPC calls signed with HMAC-SHA1."""

import json

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.composer import rpc_signature_composer
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from accounts import ACCOUNTS, UUID
from judge import KEY_ID, KEY_SECRET, REGION, check, finish, same

VERSIONS = {"ram": "2015-05-01", "sts": "2015-04-01", "ims": "2019-08-15", "kms": "2016-01-20"}


def client(key_id=KEY_ID, secret=KEY_SECRET):
    return AcsClient(key_id, secret, REGION, auto_retry=False)


def call(c, service, action, body=None, **parameters):
    request = CommonRequest(
        domain=ACCOUNTS.removeprefix("http://"), version=VERSIONS[service], action_name=action)
    request.set_protocol_type("http")
    request.set_method("POST")
    for name, value in parameters.items():
        request.add_query_param(name, value)
    for name, value in (body or {}).items():
        request.add_body_params(name, value)
    return json.loads(c.do_action_with_exception(request))


def refused(code, status, c, *words, **parameters):
    try:
        call(c, *words, **parameters)
    except ServerException as error:
        same((error.get_error_code(), error.get_http_status()), (code, status), "the refusal")
        check(UUID.fullmatch(error.get_request_id()), "a refusal has a request id")
        return
    raise AssertionError(f"{code} was expected")


def main():
    c = client()
    answer = call(c, "ram", "CreateUser", UserName="dora", DisplayName="D é 猫 & \"q\" ~*+")
    same(answer["User"]["DisplayName"], "D é 猫 & \"q\" ~*+", "a text in the query")
    check(UUID.fullmatch(answer["RequestId"]), "an answer has a request id")
    pair = call(c, "ram", "CreateAccessKey", body={"UserName": "dora"})["AccessKey"]
    dora = client(pair["AccessKeyId"], pair["AccessKeySecret"])
    identity = call(dora, "sts", "GetCallerIdentity")
    same(identity["IdentityType"], "RAMUser", "who one is")
    check(identity["Arn"].endswith(":user/dora"), "one's name")
    refused("NoPermission", 403, dora, "ram", "ListUsers")

    key = {"UserName": "dora", "UserAccessKeyId": pair["AccessKeyId"]}
    call(c, "ram", "UpdateAccessKey", body={**key, "Status": "Inactive"})
    refused("InvalidAccessKeyId.Inactive", 400, dora, "sts", "GetCallerIdentity")
    call(c, "ram", "UpdateAccessKey", body={**key, "Status": "Active"})
    call(dora, "sts", "GetCallerIdentity")
    call(c, "ram", "DeleteAccessKey", **key)
    refused("InvalidAccessKeyId.NotFound", 404, dora, "sts", "GetCallerIdentity")
    refused("SignatureDoesNotMatch", 400, client(secret="wrong"), "ram", "ListUsers")
    refused("EntityNotExist.User", 404, c, "ram", "GetUser", UserName="nobody")
    refused("InvalidAction.NotFound", 404, c, "ram", "NoSuchAction")
    call(c, "ram", "DeleteUser", UserName="dora")

    helper = rpc_signature_composer.helper
    clock, nonce = helper.get_iso_8061_date, helper.get_uuid
    helper.get_iso_8061_date = lambda: "2026-01-02T03:04:05Z"
    refused("InvalidTimeStamp.Expired", 400, c, "ram", "ListUsers")
    helper.get_iso_8061_date, helper.get_uuid = clock, lambda: "used-twice-v1"
    call(c, "ram", "ListUsers")
    refused("SignatureNonceUsed", 400, c, "ram", "ListUsers")
    helper.get_uuid = nonce
    finish()


main()
