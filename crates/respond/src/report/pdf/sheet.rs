//! Sheets of paper that are written from the top, a new one where one is full.

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
    /// How far down: what is written next ends below.
    pub(super) y: f32,
}

impl Sheets {
    pub(super) fn new() -> Self {
        Self { full: Vec::new(), now: Vec::new(), y: HEIGHT - MARGIN }
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

    /// The pages, each with its foot.
    pub(super) fn pages(mut self, foot: &str) -> Vec<Vec<u8>> {
        self.turn();
        let count = self.full.len();
        let hand = Hand { face: Face::Plain, size: FOOT_SIZE, shade: GREY };
        let room = (WIDTH - 2.0 * MARGIN) * 0.8;
        let foot = hand.face.broken(hand.size, foot, room).into_iter().next().unwrap_or_default();
        for (place, page) in self.full.iter_mut().enumerate() {
            write(page, hand, (MARGIN, FOOT), &foot);
            let number = format!("{} / {count}", place + 1);
            let x = WIDTH - MARGIN - hand.face.width(hand.size, &number);
            write(page, hand, (x, FOOT), &number);
        }
        self.full
    }
}

fn write(page: &mut Vec<u8>, hand: Hand, (x, y): (f32, f32), text: &str) {
    if text.is_empty() {
        return;
    }
    let Hand { face, size, shade } = hand;
    let face = face.resource();
    page.extend(format!("{shade} g BT /{face} {size} Tf {x:.2} {y:.2} Td (").bytes());
    for byte in text.chars().filter_map(byte_of) {
        if matches!(byte, b'(' | b')' | b'\\') {
            page.push(b'\\');
        }
        page.push(byte);
    }
    page.extend(b") Tj ET\n");
}
