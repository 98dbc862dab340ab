//! Where an address is, from each format of place data.

use std::net::IpAddr;

use claviger_watch::{Place, PlaceError, PlaceFile, Places};
use proptest::prelude::*;

fn file<'a>(name: &'a str, bytes: &'a [u8]) -> PlaceFile<'a> {
    PlaceFile { name, bytes, modified: "2026-03-01T12:00:00Z".parse().ok() }
}

fn read(files: &[PlaceFile<'_>]) -> Places {
    let (places, errors) = Places::read(files);
    assert!(errors.is_empty(), "{errors:?}");
    places
}

fn at<'a>(places: &'a Places, ip: &str) -> Place<'a> {
    ip.parse::<IpAddr>().map(|ip| places.of(ip)).unwrap_or_default()
}

const NETWORKS: &str = "\
203.0.113.0,203.0.113.255,64500,\"Example \"\"Hosting\"\", Inc.\"
198.51.100.0,198.51.100.255,24940,Hetzner Online GmbH
2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,64501,Example Six
";

#[test]
fn without_data_nothing_is_known() {
    let places = Places::default();
    assert!(places.is_empty());
    assert_eq!(at(&places, "203.0.113.7"), Place::default());
    assert_eq!(at(&places, "203.0.113.7").to_string(), "");
}

#[test]
fn a_table_of_networks_names_them_and_tells_which_are_rented() {
    let places = read(&[file("asn.csv", NETWORKS.as_bytes())]);
    let place = at(&places, "203.0.113.7");
    assert_eq!((place.asn, place.organisation), (Some(64500), Some("Example \"Hosting\", Inc.")));
    assert!(!place.is_hosting);
    assert_eq!(at(&places, "198.51.100.255").to_string(), "AS24940 Hetzner Online GmbH, hosting");
    assert_eq!(at(&places, "2001:db8::1").asn, Some(64501));
    assert_eq!(at(&places, "::ffff:203.0.113.7").asn, Some(64500));
    for outside in ["203.0.112.255", "203.0.114.0", "198.51.99.255", "2001:db9::", "::1"] {
        assert_eq!(at(&places, outside), Place::default(), "{outside}");
    }
}

#[test]
fn the_same_table_in_whole_numbers_or_packed_says_the_same() {
    let numbers = "3405803776,3405804031,64500,Example\n\
        42540766411282592856903984951653826560,42540766490510755371168322545197776895,64501,Six\n";
    let places = read(&[file("asn-num.csv", numbers.as_bytes())]);
    assert_eq!(at(&places, "203.0.113.7").asn, Some(64500));
    assert_eq!(at(&places, "2001:db8::1").asn, Some(64501));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, NETWORKS.as_bytes()).expect("memory");
    let packed = packed.finish().expect("memory");
    assert_eq!(at(&read(&[file("asn.csv.gz", &packed)]), "203.0.113.7").asn, Some(64500));
}

#[test]
fn a_table_with_tabs_has_networks_and_countries() {
    let text = "203.0.113.0\t203.0.113.255\t64500\tNL\tEXAMPLE - Example, Ltd\r\n\
        198.51.100.0\t198.51.100.255\t0\tNone\tNot routed\r\n";
    let places = read(&[file("ip2asn.tsv", text.as_bytes())]);
    assert_eq!(at(&places, "203.0.113.7").to_string(), "AS64500 EXAMPLE - Example, Ltd, NL");
    assert_eq!(at(&places, "198.51.100.1"), Place::default());
}

#[test]
fn the_package_beside_a_table_tells_its_day_and_licence() {
    let package = br#"{"name": "@x/asn", "version": "2.3.2026061719", "license": "CC0-1.0"}"#;
    let files = [
        file("x/package.json", package),
        file("x/LICENSE", b"Do as you like"),
        file("x/asn.csv", NETWORKS.as_bytes()),
        file("y/country.csv", b"203.0.113.0,203.0.113.255,NL\n"),
    ];
    let places = read(&files);
    let told: Vec<String> = places
        .sources()
        .iter()
        .map(|source| {
            let date = source.date.map(|day| day.to_string()).unwrap_or_default();
            let licence = source.licence.as_deref().unwrap_or("not stated");
            format!("{} {} {date} {licence}", source.name, source.tells)
        })
        .collect();
    assert_eq!(
        told,
        [
            "y/country.csv countries 2026-03-01 not stated",
            "x/asn.csv networks 2026-06-17 CC0-1.0",
            "built in hosting networks 2026-06-17 Apache-2.0",
        ]
    );
}

#[test]
fn a_table_that_is_there_twice_is_read_once() {
    let numbers = "3405803776,3405804031,64999,Number\n";
    let files = [file("d/asn.csv", NETWORKS.as_bytes()), file("d/asn-num.csv", numbers.as_bytes())];
    assert_eq!(at(&read(&files), "203.0.113.7").asn, Some(64500));
}

#[test]
fn the_file_of_tor_tells_countries_its_day_and_its_licence() {
    let text = "# Tor's geoip-db-tool\n#\n# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n\
        # License:   CC BY-SA 4.0\n#\n15726992,15726999,??\n3405803776,3405804031,NL\n";
    let places = read(&[file("geoip", text.as_bytes())]);
    assert_eq!(at(&places, "203.0.113.7").to_string(), "NL");
    assert_eq!(at(&places, "0.239.247.208").country, None);
    let source = &places.sources()[0];
    assert_eq!(source.date.map(|day| day.to_string()).as_deref(), Some("2026-06-25"));
    assert_eq!(source.licence.as_deref(), Some("CC BY-SA 4.0"));
}

#[test]
fn exits_of_tor_are_read_in_both_shapes() {
    let full = "ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E\n\
        Published 2026-05-31 23:59:01\nLastStatus 2026-06-01 00:00:00\n\
        ExitAddress 203.0.113.9 2026-06-01 00:12:34\n";
    let bulk = "203.0.113.10\n2001:db8::9\n";
    for (name, text, exit) in
        [("exits", full, "203.0.113.9"), ("torbulkexitlist", bulk, "2001:db8::9")]
    {
        let places = read(&[file(name, text.as_bytes())]);
        assert_eq!(at(&places, exit).to_string(), "Tor exit");
        assert!(!at(&places, "203.0.113.8").is_tor);
    }
    let places = read(&[file("exits", full.as_bytes())]);
    let date = places.sources()[0].date.map(|day| day.to_string());
    assert_eq!(date.as_deref(), Some("2026-06-01"));
    assert!(read(&[file("addresses.txt", bulk.as_bytes())]).is_empty(), "it does not say of what");
}

#[test]
fn an_own_list_adds_hosting_networks_and_ranges() {
    let list = "# hosting networks\n# date: 2026-02-03\n64500\thosting\tExample\n\
        192.0.2.128/25\tvpn\tExample\n2001:db8:1::/48\tcloud\tExample\n";
    let files = [file("asn.csv", NETWORKS.as_bytes()), file("hosting.txt", list.as_bytes())];
    let places = read(&files);
    for hosting in ["203.0.113.7", "192.0.2.128", "192.0.2.255", "2001:db8:1::", "198.51.100.1"] {
        assert!(at(&places, hosting).is_hosting, "{hosting}");
    }
    for other in ["192.0.2.127", "2001:db8:2::"] {
        assert!(!at(&places, other).is_hosting, "{other}");
    }
}

#[test]
fn databases_of_maxmind_are_read_with_networks_and_countries() {
    let files = [
        file("networks.mmdb", include_bytes!("../places/networks.mmdb")),
        file("countries.mmdb", include_bytes!("../places/countries.mmdb")),
    ];
    let places = read(&files);
    assert_eq!(at(&places, "203.0.113.7").to_string(), "AS64500 Example Hosting, NL");
    assert_eq!(at(&places, "198.51.100.127").country.map(|c| c.to_string()).as_deref(), Some("DE"));
    assert_eq!(at(&places, "198.51.100.128").country, None);
    let six = at(&places, "2001:db8:7::1");
    assert_eq!((six.asn, six.is_hosting), (Some(24940), true));
    assert!(places.sources()[0].date.is_some());
}

#[test]
fn of_overlapping_ranges_the_narrowest_counts_and_of_equal_ones_the_newer() {
    let wide = "0.0.0.0,255.255.255.255,US\n203.0.113.0,203.0.113.255,NL\n\
        203.0.113.64,203.0.113.127,DE\n";
    let places = read(&[file("a.csv", wide.as_bytes())]);
    let country = |ip| at(&places, ip).country.map(|country| country.to_string());
    assert_eq!(country("203.0.113.63").as_deref(), Some("NL"));
    assert_eq!(country("203.0.113.64").as_deref(), Some("DE"));
    assert_eq!(country("203.0.113.128").as_deref(), Some("NL"));
    assert_eq!(country("203.0.114.0").as_deref(), Some("US"));
    assert_eq!(country("255.255.255.255").as_deref(), Some("US"));
    let mut older = file("b.csv", b"203.0.113.0,203.0.113.255,FR\n");
    older.modified = "2020-01-01T00:00:00Z".parse().ok();
    let newer = file("a.csv", b"203.0.113.0,203.0.113.255,BE\n");
    for files in [[older, newer], [newer, older]] {
        let places = read(&files);
        assert_eq!(at(&places, "203.0.113.1").to_string(), "BE");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_line_and_the_rest_counts() {
    let bad = "203.0.113.0,203.0.113.255,NL\n203.0.113.0,203.0";
    let files = [file("bad.csv", bad.as_bytes()), file("asn.csv", NETWORKS.as_bytes())];
    let (places, errors) = Places::read(&files);
    assert_eq!(at(&places, "203.0.113.7").to_string(), "AS64500 Example \"Hosting\", Inc.");
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!(error.to_string(), "bad.csv:2: the line does not begin with two addresses in order");
    assert!(!error.hint().is_empty());
}

#[test]
fn a_file_that_only_looks_like_data_is_told() {
    let errors = |name, bytes| Places::read(&[file(name, bytes)]).1;
    assert!(
        matches!(errors("x.csv", b"hello"), e if matches!(e[..], [PlaceError::Unknown { .. }]))
    );
    assert!(
        matches!(errors("x.csv.gz", b"\x1f\x8b\x08no"), e if matches!(e[..], [PlaceError::Packed { .. }]))
    );
    let cut: &[u8] = include_bytes!("../places/networks.mmdb");
    let cut = [&cut[..40], &cut[cut.len() - 400..]].concat();
    let told = errors("x.mmdb", &cut);
    assert!(matches!(told[..], [PlaceError::Database { .. }]), "{told:?}");
    assert!(errors("README.md", b"hello").is_empty());
}

proptest! {
    #[test]
    fn hostile_bytes_are_read_without_harm(
        at_byte in 0_usize..2000, bytes in proptest::collection::vec(any::<u8>(), 1..40),
        which in 0_usize..4,
    ) {
        let mut whole = match which {
            0 => include_bytes!("../places/networks.mmdb").to_vec(),
            1 => include_bytes!("../places/countries.mmdb").to_vec(),
            2 => NETWORKS.as_bytes().to_vec(),
            _ => b"ExitNode A\nExitAddress 203.0.113.9 2026-06-01 00:12:34\n".to_vec(),
        };
        let from = at_byte % whole.len();
        let end = (from + bytes.len()).min(whole.len());
        whole.splice(from..end, bytes);
        let (places, errors) = Places::read(&[file("x.mmdb", &whole)]);
        prop_assert!(errors.len() <= 1);
        prop_assert!(!at(&places, "192.0.2.7").is_tor);
    }
}
