//! Tables: columns as wide as what stands in them needs, the head again on each page.

use super::face::{Face, spelled};
use super::sheet::{BLACK, GREY, Hand, MARGIN, Sheets, WIDTH};

const HEAD: Hand = Hand { face: Face::Bold, size: 7.5, shade: GREY };
const CELL: Hand = Hand { face: Face::Plain, size: 8.0, shade: BLACK };

/// From line to line, and above and below those of a row.
const LEADING: f32 = 10.0;
const PADDING: f32 = 3.0;

/// Between columns.
const GAP: f32 = 8.0;

/// A word that is longer is broken where others need the room.
const WORD_MAX: f32 = 120.0;

/// Draws a table.
pub(super) fn draw(sheets: &mut Sheets, head: &[&str], rows: &[Vec<String>]) {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| spelled(cell)).collect()).collect();
    let widths = widths(head, &rows);
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let head = broken(HEAD, &head, &widths);
    let first = rows.first().map_or(0.0, |row| height(&broken(CELL, row, &widths)));
    if !sheets.has_room(height(&head) + first.min(Sheets::room_max() / 4.0)) {
        sheets.turn();
    }
    draw_head(sheets, &head, &widths);
    for row in &rows {
        let cells = broken(CELL, row, &widths);
        let height = height(&cells);
        // A row stays together, unless no page holds it.
        if !sheets.has_room(height) && height < Sheets::room_max() / 2.0 {
            turn(sheets, &head, &widths);
        }
        sheets.y -= PADDING;
        for place in 0..lines(&cells) {
            if !sheets.has_room(LEADING) {
                turn(sheets, &head, &widths);
            }
            sheets.y -= LEADING;
            draw_line(sheets, CELL, &cells, &widths, place);
        }
        sheets.y -= PADDING;
        sheets.rule();
    }
}

fn turn(sheets: &mut Sheets, head: &[Vec<String>], widths: &[f32]) {
    sheets.turn();
    draw_head(sheets, head, widths);
}

fn draw_head(sheets: &mut Sheets, head: &[Vec<String>], widths: &[f32]) {
    sheets.shade(height(head));
    sheets.y -= PADDING;
    for place in 0..lines(head) {
        sheets.y -= LEADING;
        draw_line(sheets, HEAD, head, widths, place);
    }
    sheets.y -= PADDING;
}

/// One line of every cell that has so many.
fn draw_line(sheets: &mut Sheets, hand: Hand, cells: &[Vec<String>], widths: &[f32], place: usize) {
    let mut x = MARGIN + GAP / 2.0;
    let y = sheets.y + LEADING - hand.size;
    for (cell, width) in cells.iter().zip(widths) {
        if let Some(line) = cell.get(place) {
            sheets.write(hand, (x, y), line);
        }
        x += width + GAP;
    }
}

fn broken(hand: Hand, cells: &[String], widths: &[f32]) -> Vec<Vec<String>> {
    let cells = cells.iter().zip(widths);
    cells.map(|(cell, width)| hand.face.broken(hand.size, cell, *width)).collect()
}

fn lines(cells: &[Vec<String>]) -> usize {
    cells.iter().map(Vec::len).max().unwrap_or(0)
}

fn height(cells: &[Vec<String>]) -> f32 {
    lines(cells) as f32 * LEADING + 2.0 * PADDING
}

/// What each column gets: its longest word at least, and of what is left as much as its longest text asks for.
fn widths(head: &[&str], rows: &[Vec<String>]) -> Vec<f32> {
    let room = WIDTH - 2.0 * MARGIN - head.len() as f32 * GAP;
    let columns = head.iter().enumerate().map(|(column, name)| {
        let cells = || rows.iter().filter_map(move |row| row.get(column));
        let width = |text: &str| CELL.face.width(CELL.size, text) + 0.1;
        let named = HEAD.face.width(HEAD.size, name) + 0.1;
        let words = cells().flat_map(|cell| cell.split(' ')).map(width);
        let least = words.fold(0.0, f32::max).min(WORD_MAX).max(named);
        (least, cells().map(|cell| width(cell)).fold(least, f32::max))
    });
    let columns: Vec<(f32, f32)> = columns.collect();
    let least: f32 = columns.iter().map(|(least, _)| least).sum();
    let wished: f32 = columns.iter().map(|(least, most)| most - least).sum();
    if least > room {
        return columns.iter().map(|(own, _)| own * room / least).collect();
    }
    let share = if wished > 0.0 { ((room - least) / wished).min(1.0) } else { 0.0 };
    columns.iter().map(|(least, most)| least + (most - least) * share).collect()
}
