"""Step 1 of the tutorial, by the provider's own clients: a RAM user with a key pair, a bucket whose access
is logged, and two files, one of which holds the pair.

Takes the practice cloud's own words as one JSON object from the command line; writes the key pair as one
JSON line. Keys and people are made up.
"""

import json
import sys

import oss2
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from oss2.models import BucketLogging

CLOUD = json.loads(sys.argv[1])
USER, BUCKET, LOGS = "billing-export", "examplebucket", "examplebucket-logs"

# Each with a telephone number, an address and an identity card number that passes its checksum.
PEOPLE = """name,phone,email,id_card,address
Wang Wei,13800138000,wang.wei@example.com,11010519491231002X,1 Example Road
Li Na,13912345678,li.na@example.com,440524188001010014,2 Example Road
Zhang Min,13698765432,zhang.min@example.com,110105194912310038,3 Example Road
"""


def ram(action, **parameters):
    request = CommonRequest(
        domain=CLOUD["endpoints"]["ram"].split("//")[1], version="2015-05-01", action_name=action
    )
    request.set_protocol_type("http")
    request.set_method("POST")
    for name, value in parameters.items():
        request.add_query_param(name, value)
    client = AcsClient(CLOUD["access_key_id"], CLOUD["access_key_secret"], CLOUD["region"])
    return json.loads(client.do_action_with_exception(request))


def bucket(name):
    auth = oss2.AuthV4(CLOUD["access_key_id"], CLOUD["access_key_secret"])
    oss = CLOUD["endpoints"]["oss"]
    return oss2.Bucket(auth, oss, name, is_path_style=True, region=CLOUD["region"])


ram("CreateUser", UserName=USER)
pair = ram("CreateAccessKey", UserName=USER)["AccessKey"]
ram(
    "AttachPolicyToUser",
    PolicyType="System", PolicyName="AliyunOSSReadOnlyAccess", UserName=USER,
)
bucket(LOGS).create_bucket(oss2.BUCKET_ACL_PRIVATE)
data = bucket(BUCKET)
data.create_bucket(oss2.BUCKET_ACL_PRIVATE)
data.put_bucket_logging(BucketLogging(LOGS, "oss-log/"))
data.put_object(
    "test.txt", f"AccessKeyId: {pair['AccessKeyId']}\nAccessKeySecret: {pair['AccessKeySecret']}\n"
)
data.put_object("exampledir/userdata.csv", PEOPLE)
print(json.dumps({
    "id": pair["AccessKeyId"], "secret": pair["AccessKeySecret"],
    "user": USER, "bucket": BUCKET, "object": "exampledir/userdata.csv",
}))
