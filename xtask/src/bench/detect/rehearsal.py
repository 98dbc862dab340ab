"""Requests to the practice cloud with Alibaba's own client: an owner at work, or a thief who takes everything."""

import sys

import oss2

role, endpoint, bucket_name, key_id, secret, source, count = sys.argv[1:8]
headers = {"x-sandbox-source-ip": source}
bucket = oss2.Bucket(oss2.Auth(key_id, secret), endpoint, bucket_name, is_cname=False)

names = []
if role == "thief":
    listing = bucket.list_objects_v2(max_keys=1000, headers=headers)
    names = [entry.key for entry in listing.object_list]
else:
    names = [f"orders/day-{number % 30:02}/invoice-{number % 7}.json" for number in range(int(count))]

for number, name in enumerate(names[: int(count)]):
    try:
        if role == "owner" and number % 5 == 0:
            bucket.put_object(name, b'{"total":1}', headers=headers)
        else:
            bucket.get_object(name, headers=headers).read()
    except oss2.exceptions.OssError:
        pass
