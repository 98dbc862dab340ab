//! What a page shows: the operators of its content, and where each piece of text stands, so that words and
//! lines come out as a person sees them (ISO 32000-1 §8.3, §9.4).

use super::document::Document;
use super::font::Shown;
use super::object::{Dictionary, Object, Reader};
use crate::walk::Walk;

/// Forms inside each other that are followed.
const FORMS_MAX: u32 = 8;
/// Operands that an operator may have.
const OPERANDS_MAX: usize = 4096;
/// States that are saved at most.
const SAVED_MAX: usize = 512;

/// A transformation: `[a b c d e f]`.
#[derive(Debug, Clone, Copy)]
struct Matrix([f64; 6]);

impl Matrix {
    const UNIT: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// This transformation, then another.
    fn then(&self, next: &Self) -> Self {
        let ([a, b, c, d, e, f], [p, q, r, s, t, u]) = (self.0, next.0);
        Self([
            a * p + b * r,
            a * q + b * s,
            c * p + d * r,
            c * q + d * s,
            e * p + f * r + t,
            e * q + f * s + u,
        ])
    }

    fn moved(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }
}

/// What `q` saves.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<u32>,
    size: f64,
    spacing: f64,
    word_spacing: f64,
    scale: f64,
    leading: f64,
}

/// The text of a page under way.
struct Shower<'a, 'd> {
    document: &'a mut Document<'d>,
    text: String,
    state: State,
    saved: Vec<State>,
    line: Matrix,
    place: Matrix,
    /// Where the last piece of text ended.
    end: Option<(f64, f64)>,
}

/// The text of a page or form with this content and these resources.
pub(super) fn text(
    document: &mut Document<'_>,
    content: &[u8],
    resources: &Dictionary,
    walk: &mut Walk<'_>,
) -> String {
    let state = State {
        matrix: Matrix::UNIT,
        font: None,
        size: 1.0,
        spacing: 0.0,
        word_spacing: 0.0,
        scale: 1.0,
        leading: 0.0,
    };
    let mut shower = Shower {
        document,
        text: String::new(),
        state,
        saved: Vec::new(),
        line: Matrix::UNIT,
        place: Matrix::UNIT,
        end: None,
    };
    shower.run(content, resources, 0, walk);
    if !shower.text.is_empty() {
        shower.text.push('\n');
    }
    shower.text
}

impl Shower<'_, '_> {
    fn run(&mut self, content: &[u8], resources: &Dictionary, depth: u32, walk: &mut Walk<'_>) {
        let mut reader = Reader::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(object) = reader.object() {
            match object {
                Object::Word(operator) => {
                    if !walk.take_steps(1) {
                        return;
                    }
                    if operator == b"ID" {
                        reader.at = picture_end(content, reader.at);
                    } else if operator == b"Do" {
                        self.form(&operands, resources, depth, walk);
                    } else {
                        self.operator(&operator, &operands, resources, walk);
                    }
                    operands.clear();
                }
                _ if operands.len() < OPERANDS_MAX => operands.push(object),
                _ => {}
            }
        }
    }

    fn operator(
        &mut self,
        operator: &[u8],
        operands: &[Object],
        resources: &Dictionary,
        walk: &mut Walk<'_>,
    ) {
        let number = |at: usize| operands.get(at).and_then(Object::number).unwrap_or(0.0);
        match operator {
            b"q" if self.saved.len() < SAVED_MAX => self.saved.push(self.state.clone()),
            b"Q" => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            b"cm" => {
                let matrix = Matrix(std::array::from_fn(number));
                self.state.matrix = matrix.then(&self.state.matrix);
            }
            b"BT" => (self.line, self.place) = (Matrix::UNIT, Matrix::UNIT),
            b"Tf" => {
                let name = operands.first().and_then(Object::name).unwrap_or_default();
                self.state.font = self.document.font(resources, name, walk);
                self.state.size = number(1);
            }
            b"Tc" => self.state.spacing = number(0),
            b"Tw" => self.state.word_spacing = number(0),
            b"Tz" => self.state.scale = number(0) / 100.0,
            b"TL" => self.state.leading = number(0),
            b"Td" => self.next_line(number(0), number(1)),
            b"TD" => {
                self.state.leading = -number(1);
                self.next_line(number(0), number(1));
            }
            b"Tm" => {
                self.line = Matrix(std::array::from_fn(number));
                self.place = self.line;
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tj" => self.show(operands.first()),
            b"'" | b"\"" => {
                if operator == b"\"" {
                    (self.state.word_spacing, self.state.spacing) = (number(0), number(1));
                }
                self.next_line(0.0, -self.state.leading);
                self.show(operands.last());
            }
            b"TJ" => {
                for part in operands.first().map(Object::array).unwrap_or_default() {
                    match part {
                        Object::Number(back) => {
                            let width = -back / 1000.0 * self.state.size * self.state.scale;
                            self.place = Matrix::moved(width, 0.0).then(&self.place);
                        }
                        part => self.show(Some(part)),
                    }
                }
            }
            _ => {}
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::moved(x, y).then(&self.line);
        self.place = self.line;
    }

    /// Shows a string, with what separates it from the last.
    fn show(&mut self, string: Option<&Object>) {
        let Some(Object::Text(string)) = string else { return };
        let shown = match self.state.font.and_then(|font| self.document.fonts.get(&font)) {
            Some(font) => font.shown(string),
            None => Shown {
                text: String::from_utf8_lossy(string).into_owned(),
                width: 500.0 * string.len() as f64,
                codes: string.len() as f64,
                blanks: 0.0,
            },
        };
        let state = &self.state;
        let begin = self.place.then(&state.matrix);
        let [a, b, c, d, x, y] = begin.0;
        let along = a.hypot(b).max(1e-9);
        let size = (state.size * c.hypot(d)).abs().max(1e-6);
        if let Some((end_x, end_y)) = self.end {
            let (dx, dy) = (x - end_x, y - end_y);
            let forward = (dx * a + dy * b) / along;
            let aside = (dx * b - dy * a).abs() / along;
            let ends_blank = self.text.ends_with(|c: char| c.is_whitespace());
            if aside > 0.5 * size || forward < -size {
                self.text.push('\n');
            } else if forward > 1.5 * size {
                self.text.push('\t');
            } else if forward > 0.18 * size && !ends_blank && !shown.text.starts_with(' ') {
                self.text.push(' ');
            }
        }
        self.text.extend(shown.text.chars().filter(|character| *character != '\0'));
        let width = (shown.width / 1000.0 * state.size
            + shown.codes * state.spacing
            + shown.blanks * state.word_spacing)
            * state.scale;
        self.place = Matrix::moved(width, 0.0).then(&self.place);
        let end = self.place.then(&self.state.matrix);
        self.end = Some((end.0[4], end.0[5]));
    }

    /// Shows a form: a content of its own inside the page.
    fn form(
        &mut self,
        operands: &[Object],
        resources: &Dictionary,
        depth: u32,
        walk: &mut Walk<'_>,
    ) {
        let name = operands.first().and_then(Object::name).unwrap_or_default();
        let forms = self.document.resolved(resources.get("XObject"));
        let Some(forms) = forms.dictionary().filter(|_| depth < FORMS_MAX) else { return };
        let name = String::from_utf8_lossy(name);
        let Some(number) = forms.get(&name).reference() else { return };
        let Some((form, content)) = self.document.stream(number, walk) else { return };
        if !form.says("Subtype", "Form") {
            return;
        }
        self.document.used.insert(number);
        let inner = self.document.resolved(form.get("Resources"));
        let matrix = self.document.resolved(form.get("Matrix"));
        let number = |at: usize| matrix.array().get(at).and_then(Object::number);
        let before = self.state.clone();
        if matrix.array().len() == 6 {
            let matrix = Matrix(std::array::from_fn(|at| number(at).unwrap_or(0.0)));
            self.state.matrix = matrix.then(&self.state.matrix);
        }
        self.run(&content, inner.dictionary().unwrap_or(resources), depth + 1, walk);
        self.state = before;
    }
}

/// Where a picture inside a content ends: `EI` between blanks.
fn picture_end(content: &[u8], start: usize) -> usize {
    let is_end = |at: &usize| {
        let before = at.checked_sub(1).and_then(|at| content.get(at));
        let after = content.get(at + 2);
        let is_blank = |byte: Option<&u8>| byte.is_none_or(|byte| super::object::is_blank(*byte));
        is_blank(before) && is_blank(after)
    };
    let rest = content.get(start..).unwrap_or_default();
    let ends = memchr::memmem::find_iter(rest, b"EI").map(|at| start + at);
    ends.into_iter().find(|at| is_end(at)).map_or(content.len(), |at| at + 2)
}
