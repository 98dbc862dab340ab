"""A key that the provider itself saw in public: what it may no longer do, and what still stands open."""

import sys

from alibabacloud_ims20190815 import models as ims_models
from alibabacloud_ram20150501 import models as m
import oss2

from accounts import ims, ram, refused, sts
from judge import KEY_ID, KEY_SECRET, OSS, REGION, check, finish, same
from storage_clients import ALL

PAIR = sys.argv[1], sys.argv[2]
NAME = "leak-data"


def main():
    data = oss2.Bucket(oss2.AuthV4(KEY_ID, KEY_SECRET), OSS, NAME, is_path_style=True, region=REGION)
    data.create_bucket()
    data.put_object("a", b"1")
    for call, request in (
        (ram(*PAIR).list_users, m.ListUsersRequest()),
        (ram(*PAIR).create_user, m.CreateUserRequest(user_name="mallory")),
        (ram(*PAIR).create_access_key, m.CreateAccessKeyRequest()),
        (ims(*PAIR).list_users, ims_models.ListUsersRequest()),
    ):
        error = refused("Forbidden", call, request, status=403)
        check("There is a risk of leakage of this AccessKey." in error.message, "the provider's own words")
    # The real restriction leaves these open: whoever watches must still watch.
    same(sts(*PAIR).get_caller_identity().body.identity_type, "RAMUser", "one may ask who one is")
    for kind in ALL:
        same(kind(*PAIR).get(NAME, "a"), b"1", "objects can still be read")
    # The account is not bound, and a new key of the same user is not either.
    made = ram().create_access_key(m.CreateAccessKeyRequest(user_name="leaked")).body.access_key
    ram(made.access_key_id, made.access_key_secret).list_users(m.ListUsersRequest())
    ram().delete_access_key(m.DeleteAccessKeyRequest(user_name="leaked", user_access_key_id=PAIR[0]))
    refused("InvalidAccessKeyId.NotFound", sts(*PAIR).get_caller_identity, status=404)
    finish()


main()
