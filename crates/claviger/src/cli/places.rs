//! `claviger places`: which tables of networks and countries are there, and what they say of an
//! address. Also how `replay` and `hunt` load them.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use claviger_service::{ServiceError, chain, load_places};
use claviger_watch::{Place, Places, source_address};
use serde_json::json;

use super::Exit;
use super::exit::say;

/// How to get the data: packages that are installed by name.
const HOW: &str = "no place data is there: networks and countries of addresses are not known
hint: install tables by name, and name their folder by `--places` or `CLAVIGER_PLACES`:
  npm install --prefix places @ip-location-db/asn @ip-location-db/asn-country
  claviger places --places places 203.0.113.7
`docs/places.md` has more: licences, Debian's `tor-geoipdb`, lists of Tor exits";

/// Where the tables are.
#[derive(Debug, clap::Args)]
pub(crate) struct Folder {
    /// Folder with tables of networks and countries, as `claviger places` explains
    #[arg(long, value_name = "DIR", env = "CLAVIGER_PLACES")]
    places: Option<PathBuf>,
}

/// What was loaded.
pub(crate) struct Loaded {
    pub(crate) places: Places,
    pub(crate) is_whole: bool,
}

impl Folder {
    /// Loads the tables; none where no folder was named. What cannot be used is said.
    pub(crate) fn load(&self) -> anyhow::Result<Loaded> {
        let Some(path) = self.places.as_deref().filter(|path| !path.as_os_str().is_empty()) else {
            return Ok(Loaded { places: Places::default(), is_whole: true });
        };
        let (places, errors) = load_places(path).map_err(ServiceError::from)?;
        for error in &errors {
            say(&format!("claviger: {}\nhint: {}", chain(error), error.hint()));
        }
        Ok(Loaded { places, is_whole: errors.is_empty() })
    }
}

/// Say what is known of addresses, and from which tables
///
/// Without an address, the tables that are loaded, with their dates and licences. Nothing is asked of
/// anybody outside; where there is no data, it is said how to get it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger places --places places
  claviger places --places places 203.0.113.7 2001:db8::1
  CLAVIGER_PLACES=places claviger places --format jsonl 203.0.113.7

Exit codes: 0 done, 2 error, 4 a table could not be read")]
pub(crate) struct Args {
    /// Addresses, as logs write them
    #[arg(value_name = "ADDRESS", value_parser = address)]
    addresses: Vec<String>,

    #[command(flatten)]
    folder: Folder,

    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a table or address
    Jsonl,
}

fn address(text: &str) -> Result<String, String> {
    match source_address(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("give an address, such as 203.0.113.7 or 2001:db8::1".to_owned()),
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Loaded { places, is_whole } = args.folder.load()?;
    let mut out = io::stdout().lock();
    let written = if args.addresses.is_empty() {
        print_sources(&mut out, &places, args.format)
    } else {
        args.addresses.iter().try_for_each(|text| print_one(&mut out, &places, text, args.format))
    };
    written.context("cannot write the answer")?;
    if places.is_empty() {
        say(HOW);
    } else if args.addresses.is_empty() {
        say(&format!("{} files, {:.1} MB of tables", places.sources().len(), megabytes(&places)));
    }
    Ok(if is_whole { Exit::Clean } else { Exit::Incomplete })
}

fn megabytes(places: &Places) -> f64 {
    f64::from(u32::try_from(places.size() / 1000).unwrap_or(u32::MAX)) / 1000.0
}

fn print_sources(out: &mut impl Write, places: &Places, format: Format) -> io::Result<()> {
    for source in places.sources() {
        let date = source.date.map(|day| day.to_string());
        if format == Format::Jsonl {
            let line = json!({ "file": source.name, "tells": source.tells, "date": date,
                "licence": source.licence, "entries": source.entries });
            writeln!(out, "{line}")?;
            continue;
        }
        writeln!(
            out,
            "{}: {} {}, of {}, licence: {}",
            source.name,
            source.entries,
            source.tells,
            date.as_deref().unwrap_or("an unknown day"),
            source.licence.as_deref().unwrap_or("not stated"),
        )?;
    }
    Ok(())
}

fn print_one(out: &mut impl Write, places: &Places, text: &str, form: Format) -> io::Result<()> {
    let place = places.of_source(text);
    if form == Format::Jsonl {
        return writeln!(out, "{}", json!({ "address": text, "place": place_json(place) }));
    }
    let words = if place == Place::default() { "unknown".to_owned() } else { place.to_string() };
    writeln!(out, "{text}  {words}")
}

/// A place as data: `null` where nothing is known.
pub(super) fn place_json(place: Place<'_>) -> serde_json::Value {
    if place == Place::default() {
        return serde_json::Value::Null;
    }
    json!({ "asn": place.asn, "organisation": place.organisation,
        "country": place.country.map(|country| country.to_string()),
        "is_hosting": place.is_hosting, "is_tor": place.is_tor })
}
