"""Makes the databases beside it in MaxMind's format (`pip install mmdb_writer==0.2.7`)."""

from netaddr import IPSet
from mmdb_writer import MMDBWriter


def make(path, kind, rows):
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=kind)
    for network, record in rows:
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(path)


make("networks.mmdb", "GeoLite2-ASN", [
    ("203.0.113.0/24", {"autonomous_system_number": 64500,
                        "autonomous_system_organization": "Example Hosting"}),
    ("2001:db8::/32", {"autonomous_system_number": 24940,
                       "autonomous_system_organization": "Hetzner Online GmbH"}),
])
make("countries.mmdb", "GeoLite2-Country", [
    ("203.0.113.0/24", {"country": {"iso_code": "NL"}}),
    ("198.51.100.0/25", {"country_code": "DE"}),
])
