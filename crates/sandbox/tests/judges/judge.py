"""What every judge needs: where the practice cloud is, and words to say what must hold.

The judges are the providers' own clients. Where one of them cannot do its work against the practice
cloud, the practice cloud is wrong.
"""

import os
import urllib.error
import urllib.request

# The judge of the mail receiver has none of these.
OSS = os.environ.get("JUDGE_OSS_ENDPOINT")
S3 = os.environ.get("JUDGE_S3_ENDPOINT")
AWS = os.environ.get("JUDGE_AWS_ENDPOINT")
KEY_ID = os.environ.get("JUDGE_KEY_ID")
KEY_SECRET = os.environ.get("JUDGE_KEY_SECRET")
REGION = os.environ.get("JUDGE_REGION")

# Names that break what does not encode: quotes, markup, line ends, percent signs, other scripts, the
# longest one.
HOSTILE = [
    "quo\"te<b>&'.csv",
    "two\nlines\r\n.txt",
    "..%2f../%41+ b=c?d#e&f",
    "猫/é/\U0001f511.txt",
    " blanks ",
    "a" * 1023,
]

# Most clients shorten this before they send it, over a signature of the whole; `oss2` does not.
DOTTED = "dir/../x/./y//z"

_checks = 0


def check(holds, what):
    """Fails the judge unless `holds`."""
    global _checks
    if not holds:
        raise AssertionError(what)
    _checks += 1


def same(found, expected, what):
    """Fails the judge unless both are equal."""
    check(found == expected, f"{what}: {found!r} is not {expected!r}")


def fetch(url):
    """Status and body of a plain GET, as anybody can send it."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def finish():
    """Says how much was checked."""
    print(f"{_checks} checks hold")
