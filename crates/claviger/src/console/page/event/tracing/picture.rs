//! The access path as SVG: four columns of nodes, and lines whose widths add up at every node.

use maud::{Markup, html};

use super::{By, Path, Weight};
use crate::console::part::{amount, name};

/// Widest that all lines of a column are together.
const FLOW: f64 = 120.0;

/// Narrowest line that is still seen.
const THIN: f64 = 1.5;

/// Least height of a node: two lines of text and a gap.
const NODE: f64 = 48.0;

/// Where the columns begin, and how many characters a name has room for there.
const COLUMNS: [(f64, usize); 4] = [(8.0, 20), (280.0, 14), (470.0, 20), (744.0, 26)];

/// Where the text of a column ends and its lines begin.
const TEXT_ENDS: [f64; 3] = [182.0, 386.0, 646.0];

/// A node, and where it stands.
struct Node {
    title: String,
    below: String,
    weight: Weight,
    class: &'static str,
    /// Middle.
    y: f64,
    /// Width of all lines that enter, and of all that leave.
    sides: [f64; 2],
}

impl Node {
    fn new(title: String, below: String, weight: Weight, class: &'static str) -> Self {
        Self { title, below, weight, class, y: 0.0, sides: [0.0; 2] }
    }
}

/// A node's place: its column, and its row there.
type Spot = (usize, usize);

/// A line between two nodes.
struct Flow {
    from: Spot,
    to: Spot,
    width: f64,
    class: &'static str,
    refused: bool,
}

/// The whole picture.
pub(super) fn drawn(path: &Path<'_>, by: By) -> Markup {
    let mut columns = columns(path);
    let flows = flows(path, &columns, by);
    for flow in &flows {
        columns[flow.from.0][flow.from.1].sides[1] += flow.width;
        columns[flow.to.0][flow.to.1].sides[0] += flow.width;
    }
    let height = place(&mut columns);
    html! {
        svg.tracing viewBox=(format!("0 0 960 {height:.0}")) role="img"
            aria-label="Sources, the key, buckets and folders; the lists below say the same" {
            @for line in lines(&columns, &flows) { (line) }
            @for ((x, _), column) in COLUMNS.iter().zip(&columns) {
                @for node in column { (shown(*x, node)) }
            }
        }
    }
}

fn columns(path: &Path<'_>) -> [Vec<Node>; 4] {
    let room = |column: usize| COLUMNS[column].1;
    let sources = path.sources.iter().map(|(source, weight)| {
        let known = if source.before_leak { "known" } else { "never seen" };
        let below = format!("{known} · {}", requests(*weight));
        let class = if source.before_leak { "known" } else { "stranger" };
        Node::new(name::line(&source.source_ip, room(0)), below, *weight, class)
    });
    let mut total = Weight::default();
    path.buckets.iter().for_each(|(_, weight)| total.add(*weight));
    let key = Node::new(name::line(&path.key, room(1)), requests(total), total, "");
    let buckets = path.buckets.iter().map(|(bucket, weight)| {
        let below = format!("{} · {}", bucket.sensitivity, amount::bytes(weight.bytes_out));
        Node::new(name::line(&bucket.bucket, room(2)), below, *weight, "")
    });
    let groups = path.groups.iter().map(|group| {
        let title = if group.folder.is_empty() { "at the top" } else { group.folder };
        let objects = amount::counted(group.objects, "object", "objects");
        let below = format!(
            "{} · {objects} · {}",
            group.sensitivity,
            amount::bytes(group.weight.bytes_out)
        );
        Node::new(name::line(title, room(3)), below, group.weight, "")
    });
    [sources.collect(), vec![key], buckets.collect(), groups.collect()]
}

fn requests(weight: Weight) -> String {
    amount::counted(weight.allowed + weight.denied, "request", "requests")
}

/// Carried out and refused, as what the width tells.
#[expect(clippy::cast_precision_loss, reason = "a width in a drawing")]
fn measured(weight: Weight, by: By) -> [f64; 2] {
    match by {
        By::Requests => [weight.allowed as f64, weight.denied as f64],
        By::Bytes => [weight.bytes_out as f64, 0.0],
    }
}

/// The width of one request or byte: the heaviest column fills the room.
fn unit(columns: &[Vec<Node>; 4], by: By) -> f64 {
    let sum = |column: &Vec<Node>| -> f64 {
        column.iter().flat_map(|node| measured(node.weight, by)).sum()
    };
    FLOW / columns.iter().map(sum).fold(1.0, f64::max)
}

/// The lines, in the order in which they enter and leave: each node has one of what was carried out and
/// one of what was refused.
fn flows(path: &Path<'_>, columns: &[Vec<Node>; 4], by: By) -> Vec<Flow> {
    let unit = unit(columns, by);
    let sources = (0..path.sources.len()).map(|row| ((0, row), (1, 0), (0, row)));
    let buckets = (0..path.buckets.len()).map(|row| ((1, 0), (2, row), (2, row)));
    let groups = path.groups.iter().enumerate();
    let groups = groups.map(|(row, group)| ((2, group.bucket), (3, row), (3, row)));
    let mut flows = Vec::new();
    for (from, to, of) in sources.chain(buckets).chain(groups) {
        let node: &Node = &columns[of.0][of.1];
        let happened = [node.weight.allowed > 0, node.weight.denied > 0];
        let ways = measured(node.weight, by).into_iter().zip(happened).zip([false, true]);
        flows.extend(ways.filter(|((_, happened), _)| *happened).map(|((measure, _), refused)| {
            Flow { from, to, width: (measure * unit).max(THIN), class: node.class, refused }
        }));
    }
    flows
}

/// Places the nodes of each column below each other, each column in the middle. Returns the height.
fn place(columns: &mut [Vec<Node>; 4]) -> f64 {
    let tall = |node: &Node| NODE.max(node.sides[0].max(node.sides[1]) + 12.0);
    let sum = |column: &Vec<Node>| column.iter().map(tall).sum::<f64>();
    let height = columns.iter().map(sum).fold(NODE, f64::max);
    for column in columns {
        let mut top = (height - sum(column)) / 2.0;
        for node in column {
            let own = tall(node);
            node.y = top + own / 2.0;
            top += own;
        }
    }
    height
}

/// The lines of a side of a node stand together in its middle.
fn lines(columns: &[Vec<Node>; 4], flows: &[Flow]) -> Vec<Markup> {
    let mut filled: [Vec<[f64; 2]>; 4] =
        columns.each_ref().map(|column| vec![[0.0; 2]; column.len()]);
    let mut next = |(column, row): Spot, side: usize, width: f64| {
        let node = &columns[column][row];
        let y = node.y - node.sides[side] / 2.0 + filled[column][row][side] + width / 2.0;
        filled[column][row][side] += width;
        y
    };
    flows
        .iter()
        .map(|flow| {
            let from = (TEXT_ENDS[flow.from.0], next(flow.from, 1, flow.width));
            let to = (COLUMNS[flow.to.0].0 - 8.0, next(flow.to, 0, flow.width));
            line(from, to, flow)
        })
        .collect()
}

fn line(from: (f64, f64), to: (f64, f64), flow: &Flow) -> Markup {
    let bend = f64::midpoint(from.0, to.0);
    let path = format!(
        "M{:.1} {:.1} C{bend:.1} {:.1} {bend:.1} {:.1} {:.1} {:.1}",
        from.0, from.1, from.1, to.1, to.0, to.1
    );
    html! {
        path class=[Some(flow.class).filter(|class| !class.is_empty())] d=(path) stroke-width=(format!("{:.1}", flow.width))
            stroke-dasharray=[flow.refused.then_some("5 4")] {}
    }
}

fn shown(x: f64, node: &Node) -> Markup {
    html! {
        text.title x=(x) y=(format!("{:.1}", node.y - 3.0)) { (node.title) }
        text.below x=(x) y=(format!("{:.1}", node.y + 13.0)) { (node.below) }
    }
}
