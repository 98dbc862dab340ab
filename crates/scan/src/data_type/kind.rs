//! Every data type: what it is called, how its values look, what decides, and the words that name it. They are
//! data, in `crates/scan/data_types`, one file a subject.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::check::{Named, Verdict};
use super::shape::{BEGINNINGS, Classes, LENGTH_MAX, Shape};
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
    cell_shapes: Vec<Shape>,
    check: Option<Named>,
    cell_check: Option<Named>,
    values: Vec<String>,
}

impl Kind {
    fn new(definition: Definition) -> Self {
        let named = |name: &Option<String>| {
            name.as_deref().map(|name| {
                #[expect(clippy::expect_used, reason = "compiled in, and read by every test")]
                Named::of(name).expect("data types name known checks")
            })
        };
        Self {
            check: named(&definition.check),
            cell_check: named(&definition.cell_check),
            shapes: definition.shapes.iter().map(|shape| Shape::parse(shape)).collect(),
            cell_shapes: definition.cell_shapes.iter().map(|shape| Shape::parse(shape)).collect(),
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
    pub(super) fn verdict(&self, value: &str) -> Verdict {
        self.check.map_or(Verdict::Right, |check| check.verdict(&Value::of(value)))
    }

    /// What a cell of a column with its name is.
    pub(super) fn cell(&self, cell: &str) -> Verdict {
        let cell = cell.trim();
        if !self.values.is_empty() {
            let lower = cell.to_lowercase();
            return if self.values.contains(&lower) { Verdict::Right } else { Verdict::No };
        }
        if let Some(check) = self.cell_check {
            return check.verdict(&Value::of(cell));
        }
        let mut shapes = self.shapes.iter().chain(&self.cell_shapes);
        if !self.shapes.is_empty() && !shapes.any(|shape| shape.fits(cell.as_bytes(), false)) {
            return Verdict::No;
        }
        self.verdict(cell)
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
    /// For each length and beginning whether there is a shape: one without blanks that tells itself, any that
    /// tells itself with blanks, and the same of those that need a name.
    known: Vec<[bool; 4]>,
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
            let lengths =
                shape.length().map_or(shape.least()..=LENGTH_MAX, |length| length..=length);
            for length in lengths.filter(|length| *length <= LENGTH_MAX) {
                for beginning in (0..BEGINNINGS).filter(|beginning| shape.may_begin(*beginning)) {
                    let place = length * BEGINNINGS + beginning;
                    by_length[usize::from(kind.alone)][place].push((index, shape.clone()));
                }
            }
        }
    }
    let [named, alone] = by_length;
    let known = alone.iter().zip(&named).map(|(alone, named)| {
        let spaced =
            |shapes: &[(usize, Shape)]| shapes.iter().any(|(_, shape)| shape.may_be_spaced());
        [!alone.is_empty(), spaced(alone), !named.is_empty(), spaced(named)]
    });
    let known = known.collect();
    let email = by_name.get("email").copied().unwrap_or_default();
    Kinds { all, email, by_name, alone, named, known }
});

impl Kinds {
    /// The data type of a name.
    pub(super) fn named(&self, rule: &str) -> Option<&Kind> {
        self.by_name.get(rule).map(|index| &self.all[*index])
    }

    /// Whether any data type may have a value, by its length and beginning, `spaced` with blanks in it; `named`:
    /// also those whose values need their name.
    pub(super) fn fits_any(&self, value: &[u8], spaced: bool, named: bool) -> bool {
        let place =
            value.len() * BEGINNINGS + Classes::of(&value[..value.len().min(2)]).beginning();
        let known = self.known.get(place).copied().unwrap_or_default();
        known[usize::from(spaced)] || (named && known[2 + usize::from(spaced)])
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
