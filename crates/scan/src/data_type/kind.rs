//! Every data type: what it is called, how its values look, what decides, and the words that name it. They are
//! data, in `crates/scan/data_types`, one file a subject.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::check::{Named, Verdict};
use super::shape::{BEGINNINGS, Classes, Digits, LENGTH_MAX, Shape};
use super::value::Value;

/// Every file of data types.
const FILES: [&str; 8] = [
    include_str!("../../data_types/contact.toml"),
    include_str!("../../data_types/people.toml"),
    include_str!("../../data_types/identity.toml"),
    include_str!("../../data_types/finance.toml"),
    include_str!("../../data_types/business.toml"),
    include_str!("../../data_types/location.toml"),
    include_str!("../../data_types/device.toml"),
    include_str!("../../data_types/health.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data_type: Vec<Definition>,
}

/// A data type as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    name: String,
    title: String,
    title_zh: String,
    /// What its values are, in words.
    what: String,
    #[serde(default)]
    shapes: Vec<String>,
    /// Further shapes, in cells alone: too common elsewhere.
    #[serde(default)]
    cell_shapes: Vec<String>,
    check: Option<String>,
    /// What decides about cells instead of shapes and check: a column has more ways to write.
    cell_check: Option<String>,
    /// The only values of a column of it, in small letters.
    #[serde(default)]
    values: Vec<String>,
    /// Whether a value tells itself, without a name.
    #[serde(default)]
    alone: bool,
    /// Least share of right values among those of the shape, or among the cells of a column.
    share: f64,
    /// How sure one value is, many are, and one with its name.
    confidence: [f64; 3],
    /// Characters that are shown of the start and of the end.
    mask: [usize; 2],
    /// Names that say it alone, and may end a longer name.
    sure: Vec<String>,
    /// Names that need a sure one of another column beside them.
    #[serde(default)]
    weak: Vec<String>,
    /// Words that make a name mean something else.
    #[serde(default)]
    except: Vec<String>,
    /// Values that are of the type, for its test.
    yes: Vec<String>,
    /// Values that are not.
    no: Vec<String>,
}

/// A data type.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its name in findings.
    pub(super) rule: String,
    /// What people call it.
    pub(super) title: String,
    /// What people call it in Chinese.
    pub(super) title_zh: String,
    /// What its values are, in words.
    pub(super) what: String,
    /// Whether a value tells itself.
    pub(super) alone: bool,
    /// Least share of right values.
    pub(super) share: f64,
    /// How sure one value is, many are, and one with its name.
    pub(super) confidence: [f64; 3],
    pub(super) sure: Vec<String>,
    pub(super) weak: Vec<String>,
    pub(super) except: Vec<String>,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "examples are for the test of each data type")
    )]
    pub(super) yes: Vec<String>,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "examples are for the test of each data type")
    )]
    pub(super) no: Vec<String>,
    mask: [usize; 2],
    shapes: Vec<Shape>,
    /// The shapes of cells, by their length.
    in_cells: Vec<Vec<Shape>>,
    check: Option<Named>,
    cell_check: Option<Named>,
    values: Vec<String>,
}

/// The shapes that values of each length may have.
fn by_length(shapes: &[Shape]) -> Vec<Vec<Shape>> {
    let of = |length| shapes.iter().filter(move |shape| shape.lengths().any(|own| own == length));
    (0..=LENGTH_MAX).map(|length| of(length).cloned().collect()).collect()
}

impl Kind {
    fn new(definition: Definition) -> Self {
        let named = |name: &Option<String>| {
            name.as_deref().map(|name| {
                #[expect(clippy::expect_used, reason = "compiled in, and read by every test")]
                Named::of(name).expect("data types name known checks")
            })
        };
        let parsed = |shapes: &[String]| -> Vec<Shape> {
            shapes.iter().map(|shape| Shape::parse(shape)).collect()
        };
        let shapes = parsed(&definition.shapes);
        let cells = [&shapes[..], &parsed(&definition.cell_shapes)].concat();
        Self {
            check: named(&definition.check),
            cell_check: named(&definition.cell_check),
            in_cells: by_length(&cells),
            shapes,
            rule: definition.name,
            title: definition.title,
            title_zh: definition.title_zh,
            what: definition.what,
            alone: definition.alone,
            share: definition.share,
            confidence: definition.confidence,
            sure: definition.sure,
            weak: definition.weak,
            except: definition.except,
            yes: definition.yes,
            no: definition.no,
            mask: definition.mask,
            values: definition.values,
        }
    }

    /// What a value in the right shape is.
    pub(super) fn verdict(&self, value: &Value<'_>) -> Verdict {
        self.check.map_or(Verdict::Right, |check| check.verdict(value))
    }

    /// What a cell of a column with its name is.
    pub(super) fn cell(&self, cell: &Value<'_>) -> Verdict {
        if !self.values.is_empty() {
            return if self.is_value(cell.raw) { Verdict::Right } else { Verdict::No };
        }
        if let Some(check) = self.cell_check {
            return check.verdict(cell);
        }
        if !self.shapes.is_empty() {
            let shapes = self.in_cells.get(cell.raw.len()).map_or(&[][..], Vec::as_slice);
            if !shapes.iter().any(|shape| shape.fits_cell(cell)) {
                return Verdict::No;
            }
        }
        self.verdict(cell)
    }

    /// Whether a cell is one of the only values.
    fn is_value(&self, cell: &str) -> bool {
        if cell.is_ascii() {
            return self.values.iter().any(|value| value.eq_ignore_ascii_case(cell));
        }
        self.values.contains(&cell.to_lowercase())
    }

    /// Whether a value has a shape that tells itself.
    #[cfg(test)]
    pub(super) fn has_shape(&self, value: &str) -> bool {
        self.shapes.iter().any(|shape| shape.fits(value.as_bytes(), true))
    }

    /// A value as it may be shown.
    pub(super) fn mask(&self, value: &str) -> String {
        if let Some((local, domain)) = value.split_once('@') {
            let first: String = local.chars().take(1).collect();
            return format!("{first}…@{domain}");
        }
        keep_ends(value, self.mask[0], self.mask[1])
    }
}

/// The first `head` and last `tail` characters, with `…` between; nothing of what is shorter.
fn keep_ends(value: &str, head: usize, tail: usize) -> String {
    let characters: Vec<char> = value.chars().collect();
    if characters.len() <= head + tail {
        return "…".to_owned();
    }
    let first: String = characters[..head].iter().collect();
    let last: String = characters[characters.len() - tail..].iter().collect();
    format!("{first}…{last}")
}

/// Every data type, found by what its values look like.
pub(super) struct Kinds {
    /// Every data type; their place here is their index everywhere.
    pub(super) all: Vec<Kind>,
    /// Where the e-mail address stands, which has a search of its own.
    pub(super) email: usize,
    by_name: HashMap<String, usize>,
    /// Shapes of values that tell themselves, by length and beginning; those of open length under each.
    alone: Vec<Vec<(usize, Shape)>>,
    /// Shapes of values that need their name, the same way.
    named: Vec<Vec<(usize, Shape)>>,
    /// For each length where shapes have digits: those of values that tell themselves, with the values that need a
    /// name, and the same of shapes that may have blanks.
    known: [Vec<Known>; 4],
}

/// Where the shapes of one length have digits.
#[derive(Debug, Default, Clone)]
struct Known {
    /// A bit for each way in which the first [`FIRST`] characters may be digits or not: most values have none of them.
    first: u64,
    shapes: Vec<Digits>,
}

/// Characters of a value by which most are told.
const FIRST: usize = u64::BITS.ilog2() as usize;

impl Known {
    fn add(&mut self, digits: Digits) {
        let begin = |first: &u64| digits.begin(*first, FIRST);
        self.first |= (0..1 << FIRST).filter(begin).fold(0, |all, first| all | 1 << first);
        if !self.shapes.contains(&digits) {
            self.shapes.push(digits);
        }
    }

    #[inline]
    fn fit(&self, digits: u64) -> bool {
        let first = digits % (1 << FIRST);
        self.first >> first & 1 == 1 && self.shapes.iter().any(|shape| shape.fit(digits))
    }
}

/// The data types.
pub(super) static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let mut all = Vec::new();
    for text in FILES {
        #[expect(clippy::expect_used, reason = "compiled in, and read by every test")]
        let file: File = toml::from_str(text).expect("data types are valid");
        all.extend(file.data_type.into_iter().map(Kind::new));
    }
    let names = all.iter().enumerate();
    let by_name: HashMap<String, usize> =
        names.map(|(index, kind)| (kind.rule.clone(), index)).collect();
    let places = (LENGTH_MAX + 1) * BEGINNINGS;
    let mut by_length = [vec![Vec::new(); places], vec![Vec::new(); places]];
    for (index, kind) in all.iter().enumerate() {
        for shape in &kind.shapes {
            for length in shape.lengths() {
                for beginning in (0..BEGINNINGS).filter(|beginning| shape.may_begin(*beginning)) {
                    let place = length * BEGINNINGS + beginning;
                    by_length[usize::from(kind.alone)][place].push((index, shape.clone()));
                }
            }
        }
    }
    let [named, alone] = by_length;
    let known = known(&all);
    let email = by_name.get("email").copied().unwrap_or_default();
    Kinds { all, email, by_name, alone, named, known }
});

/// Where the shapes of each length have digits.
fn known(all: &[Kind]) -> [Vec<Known>; 4] {
    [(false, false), (false, true), (true, false), (true, true)].map(|(spaced, named)| {
        let mut known = vec![Known::default(); LENGTH_MAX + 1];
        for kind in all.iter().filter(|kind| kind.alone || named) {
            for shape in kind.shapes.iter().filter(|shape| !spaced || shape.may_be_spaced()) {
                shape.lengths().for_each(|length| known[length].add(shape.digits()));
            }
        }
        known
    })
}

impl Kinds {
    /// The data type of a name.
    pub(super) fn named(&self, rule: &str) -> Option<&Kind> {
        self.by_name.get(rule).map(|index| &self.all[*index])
    }

    /// Whether any data type may have a value, by its length and where its digits are, `spaced` with blanks in it;
    /// `named`: also those whose values need their name.
    #[inline]
    pub(super) fn fits_any(&self, length: usize, digits: u64, spaced: bool, named: bool) -> bool {
        let known = &self.known[2 * usize::from(spaced) + usize::from(named)];
        known.get(length).is_some_and(|known| known.fit(digits))
    }

    /// The data types whose values tell themselves and that have shapes of this length and beginning.
    pub(super) fn alone(&self, length: usize, classes: Classes) -> &[(usize, Shape)] {
        let place = length * BEGINNINGS + classes.beginning();
        self.alone.get(place).map_or(&[], Vec::as_slice)
    }

    /// The data types whose values need their name and that have shapes of this length and beginning.
    pub(super) fn named_by_label(&self, length: usize, classes: Classes) -> &[(usize, Shape)] {
        let place = length * BEGINNINGS + classes.beginning();
        self.named.get(place).map_or(&[], Vec::as_slice)
    }
}
