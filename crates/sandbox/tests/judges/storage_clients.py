"""The three official clients of the storage services behind one small face, to ask each the same."""

import alibabacloud_oss_v2 as v2
import boto3
import oss2
from botocore.config import Config
from botocore.exceptions import ClientError

from judge import OSS, REGION, S3, check, same


class First:
    """`oss2` with signature V4."""

    def __init__(self, key_id=None, secret=None, token=None, bucket=None):
        auth = oss2.AnonymousAuth()
        if token:
            provider = oss2.credentials.StaticCredentialsProvider(key_id, secret, token)
            auth = oss2.ProviderAuthV4(provider)
        elif key_id:
            auth = oss2.AuthV4(key_id, secret)
        self.of = lambda name: oss2.Bucket(auth, OSS, name, is_path_style=True, region=REGION)

    def get(self, bucket, key, address=None):
        headers = {"x-sandbox-source-ip": address} if address else None
        return self.of(bucket).get_object(key, headers=headers).read()

    def put(self, bucket, key, body):
        self.of(bucket).put_object(key, body)

    def list(self, bucket, prefix=""):
        return [o.key for o in self.of(bucket).list_objects_v2(prefix=prefix).object_list]

    def delete(self, bucket, key):
        self.of(bucket).delete_object(key)

    @staticmethod
    def code(call, *words, **more):
        try:
            call(*words, **more)
        except oss2.exceptions.ServerError as error:
            check(error.request_id, "a refusal has a request id")
            return error.status, error.code, error.details.get("EC", "")
        return 200, None, None


class Second:
    """`alibabacloud-oss-v2` with signature V4."""

    def __init__(self, key_id=None, secret=None, token=None):
        config = v2.config.load_default()
        config.credentials_provider = (
            v2.credentials.StaticCredentialsProvider(key_id, secret, token) if key_id
            else v2.credentials.AnonymousCredentialsProvider())
        config.region, config.endpoint = REGION, OSS
        config.use_path_style, config.signature_version = True, "v4"
        config.retry_max_attempts = 1
        self.client = v2.Client(config)

    def get(self, bucket, key, address=None):
        headers = {"x-sandbox-source-ip": address} if address else {}
        request = v2.GetObjectRequest(bucket, key, headers=headers)
        return self.client.get_object(request).body.content

    def put(self, bucket, key, body):
        self.client.put_object(v2.PutObjectRequest(bucket, key, body=body))

    def list(self, bucket, prefix=""):
        found = self.client.list_objects_v2(v2.ListObjectsV2Request(bucket, prefix=prefix))
        return [o.key for o in found.contents or []]

    def delete(self, bucket, key):
        self.client.delete_object(v2.DeleteObjectRequest(bucket, key))

    @staticmethod
    def code(call, *words, **more):
        try:
            call(*words, **more)
        except v2.exceptions.OperationError as error:
            cause = error.unwrap()
            return cause.status_code, cause.code, cause.ec
        return 200, None, None


class Amazon:
    """`boto3` on the S3 side; it has no address but its own."""

    def __init__(self, key_id, secret, token=None):
        self.client = boto3.client(
            "s3", endpoint_url=S3, aws_access_key_id=key_id, aws_secret_access_key=secret,
            aws_session_token=token, region_name=REGION,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))

    def get(self, bucket, key, address=None):
        def mark(request, **_):
            request.headers["x-sandbox-source-ip"] = address
        if address:
            self.client.meta.events.register_first("before-send.s3.GetObject", mark, unique_id="address")
        try:
            return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        finally:
            self.client.meta.events.unregister("before-send.s3.GetObject", mark, unique_id="address")

    def put(self, bucket, key, body):
        self.client.put_object(Bucket=bucket, Key=key, Body=body)

    def list(self, bucket, prefix=""):
        found = self.client.list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [o["Key"] for o in found.get("Contents", [])]

    def delete(self, bucket, key):
        self.client.delete_object(Bucket=bucket, Key=key)

    @staticmethod
    def code(call, *words, **more):
        try:
            call(*words, **more)
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"], None
        return 200, None, None


ALL = (First, Second, Amazon)


def refused(client, expected, call, *words, **more):
    """A refusal by its code, and on the OSS side by its finer number where that is given."""
    code, ec = expected if isinstance(expected, tuple) else (expected, None)
    status, found, number = client.code(call, *words, **more)
    same((status, found), (403, code), f"the refusal that {type(client).__name__} gets for {words}")
    if ec and not isinstance(client, Amazon):
        same(number, ec, "the finer number")
