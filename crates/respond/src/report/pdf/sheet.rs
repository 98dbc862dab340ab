//! Sheets of paper that are written from the top, a new one where one is full.

use std::collections::BTreeSet;

use super::collection;
use super::face::{Face, byte_of};

/// A4, in points.
pub(super) const WIDTH: f32 = 595.0;
pub(super) const HEIGHT: f32 = 842.0;
pub(super) const MARGIN: f32 = 48.0;

/// Where the foot of a page stands, and what is written ends above it.
const FOOT: f32 = 28.0;
const BOTTOM: f32 = 52.0;

/// Size of the foot.
const FOOT_SIZE: f32 = 7.5;

/// How dark: 0 is black, 1 white.
pub(super) const BLACK: f32 = 0.0;
pub(super) const GREY: f32 = 0.38;
pub(super) const PALE: f32 = 0.93;
pub(super) const LINE: f32 = 0.75;

/// Text in one manner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hand {
    pub(super) face: Face,
    pub(super) size: f32,
    pub(super) shade: f32,
}

/// What was written so far.
pub(super) struct Sheets {
    full: Vec<Vec<u8>>,
    now: Vec<u8>,
    /// Characters of the collection so far.
    wide: BTreeSet<char>,
    /// How far down: what is written next ends below.
    pub(super) y: f32,
}

impl Sheets {
    pub(super) fn new() -> Self {
        Self { full: Vec::new(), now: Vec::new(), wide: BTreeSet::new(), y: HEIGHT - MARGIN }
    }

    /// Whether so much more fits on the sheet.
    pub(super) fn has_room(&self, height: f32) -> bool {
        self.y - height >= BOTTOM
    }

    /// The most that fits on one sheet.
    pub(super) fn room_max() -> f32 {
        HEIGHT - MARGIN - BOTTOM
    }

    /// Begins a new sheet.
    pub(super) fn turn(&mut self) {
        self.full.push(std::mem::take(&mut self.now));
        self.y = HEIGHT - MARGIN;
    }

    /// Writes a line of text at a place.
    pub(super) fn write(&mut self, hand: Hand, (x, y): (f32, f32), text: &str) {
        self.wide.extend(text.chars().filter(|sign| is_wide(*sign)));
        write(&mut self.now, hand, (x, y), text);
    }

    /// Draws a line across at the place where the writing stands.
    pub(super) fn rule(&mut self) {
        let (y, end) = (self.y, WIDTH - MARGIN);
        self.now.extend(format!("{LINE} G 0.5 w {MARGIN} {y:.2} m {end} {y:.2} l S\n").bytes());
    }

    /// Shades what lies below the place where the writing stands.
    pub(super) fn shade(&mut self, height: f32) {
        let (y, width) = (self.y - height, WIDTH - 2.0 * MARGIN);
        self.now.extend(format!("{PALE} g {MARGIN} {y:.2} {width} {height:.2} re f\n").bytes());
    }

    /// The pages, each with its foot, and the characters of the collection on them.
    pub(super) fn pages(mut self, foot: &str) -> (Vec<Vec<u8>>, BTreeSet<char>) {
        self.turn();
        let count = self.full.len();
        let hand = Hand { face: Face::Plain, size: FOOT_SIZE, shade: GREY };
        let room = (WIDTH - 2.0 * MARGIN) * 0.8;
        let foot = hand.face.broken(hand.size, foot, room).into_iter().next().unwrap_or_default();
        self.wide.extend(foot.chars().filter(|sign| is_wide(*sign)));
        for (place, page) in self.full.iter_mut().enumerate() {
            write(page, hand, (MARGIN, FOOT), &foot);
            let number = format!("{} / {count}", place + 1);
            let x = WIDTH - MARGIN - hand.face.width(hand.size, &number);
            write(page, hand, (x, FOOT), &number);
        }
        (self.full, self.wide)
    }
}

/// Whether a character is written by the collection.
fn is_wide(sign: char) -> bool {
    byte_of(sign).is_none() && collection::has(sign)
}

fn write(page: &mut Vec<u8>, hand: Hand, (x, y): (f32, f32), text: &str) {
    if text.is_empty() {
        return;
    }
    let Hand { face, size, shade } = hand;
    page.extend(format!("{shade} g BT {x:.2} {y:.2} Td").bytes());
    let signs: Vec<char> = text.chars().collect();
    for run in signs.chunk_by(|one, other| is_wide(*one) == is_wide(*other)) {
        let wide = is_wide(run[0]);
        let font = if wide { collection::RESOURCE } else { face.resource() };
        page.extend(format!(" /{font} {size} Tf ").bytes());
        if wide {
            codes(page, run)
        } else {
            bytes(page, run)
        }
        page.extend(b" Tj");
    }
    page.extend(b" ET\n");
}

/// Western characters as a text of PDF.
fn bytes(page: &mut Vec<u8>, run: &[char]) {
    page.push(b'(');
    for byte in run.iter().filter_map(|sign| byte_of(*sign)) {
        if matches!(byte, b'(' | b')' | b'\\') {
            page.push(b'\\');
        }
        page.push(byte);
    }
    page.push(b')');
}

/// Characters of the collection by their codes, UTF-16.
fn codes(page: &mut Vec<u8>, run: &[char]) {
    let codes: String = run.iter().map(|sign| format!("{:04X}", u32::from(*sign))).collect();
    page.extend(format!("<{codes}>").bytes());
}
