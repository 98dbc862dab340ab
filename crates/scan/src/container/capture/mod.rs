//! Captures of network traffic (pcap and pcapng): what each TCP stream carries, in order, and what UDP
//! carries, by the two ends.

mod packet;

use std::collections::{BTreeMap, HashMap};

use self::packet::{Segment, segment};
use super::{Container, Kind};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises both byte orders and both precisions of pcap.
pub(super) const PCAP: Kind = Kind {
    recognises: |head, _| {
        let magic = head.first_chunk().map(|magic| u32::from_le_bytes(*magic));
        head.len() >= 24
            && matches!(magic, Some(0xA1B2_C3D4 | 0xD4C3_B2A1 | 0xA1B2_3C4D | 0x4D3C_B2A1))
    },
    open: || Box::new(Capture::new(false)),
};

/// Recognises the header of a section of pcapng.
pub(super) const PCAPNG: Kind = Kind {
    recognises: |head, _| {
        let order = head.get(8..12);
        head.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A])
            && matches!(order, Some([0x1A, 0x2B, 0x3C, 0x4D] | [0x4D, 0x3C, 0x2B, 0x1A]))
    },
    open: || Box::new(Capture::new(true)),
};

/// Longest packet or block.
const BLOCK_MAX: usize = 16 << 20;
/// Streams that are followed at a time.
const FLOWS_MAX: usize = 512;
/// Bytes of a stream that wait for others before them.
const WAITING_MAX: usize = 1 << 20;

struct Capture {
    is_new: bool,
    is_little: bool,
    /// The link type of pcap, or of each interface of pcapng.
    links: Vec<u32>,
    begun: bool,
    pending: Vec<u8>,
    flows: HashMap<String, Flow>,
    /// Packets that were seen, by which the least recent stream is told.
    packets: u64,
    is_over: bool,
}

/// One direction of a stream.
struct Flow {
    content: Content,
    /// The number of the next byte; `None` before the first.
    next: Option<u32>,
    /// What came too early, by its distance from the next byte when it came.
    waiting: BTreeMap<u32, Vec<u8>>,
    last: u64,
    /// Its place among all streams.
    number: u64,
}

impl Capture {
    fn new(is_new: bool) -> Self {
        Self {
            is_new,
            is_little: true,
            links: Vec::new(),
            begun: false,
            pending: Vec::new(),
            flows: HashMap::new(),
            packets: 0,
            is_over: false,
        }
    }

    fn long(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let four = *bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    }

    /// Takes a block or packet from the front; `None` when it is not whole.
    fn take(&mut self, rest: &[u8], walk: &mut Walk<'_>) -> Option<usize> {
        let taken = if self.is_new { self.block(rest, walk) } else { self.packet(rest, walk) };
        if taken.is_none() && rest.len() > BLOCK_MAX {
            walk.unread("damaged capture: a packet is too long; the rest was not read");
            self.is_over = true;
        }
        taken
    }

    /// pcap: a header, then packets with 16 bytes before each.
    fn packet(&mut self, rest: &[u8], walk: &mut Walk<'_>) -> Option<usize> {
        if !self.begun {
            let header = rest.get(..24)?;
            self.is_little = matches!(header[0], 0xD4 | 0x4D);
            self.links = vec![self.long(header, 20)? & 0xFFFF];
            self.begun = true;
            return Some(24);
        }
        let length = self.long(rest, 8)? as usize;
        if length > BLOCK_MAX {
            walk.unread("damaged capture: a packet is too long; the rest was not read");
            self.is_over = true;
            return None;
        }
        let packet = rest.get(16..16 + length)?;
        let link = self.links.first().copied().unwrap_or(1);
        self.carry(segment(link, packet), walk);
        Some(16 + length)
    }

    /// pcapng: blocks with their length at both ends.
    fn block(&mut self, rest: &[u8], walk: &mut Walk<'_>) -> Option<usize> {
        let head = rest.get(..12)?;
        if head.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A]) {
            self.is_little = head[8] == 0x4D;
            self.links.clear();
        }
        let (kind, length) = (self.long(head, 0)?, self.long(head, 4)? as usize);
        if !(12..=BLOCK_MAX).contains(&length) {
            walk.unread("damaged capture: a block has no believable length; the rest was not read");
            self.is_over = true;
            return None;
        }
        let block = rest.get(..length)?;
        match kind {
            1 => self.links.push(self.long(block, 8)? & 0xFFFF),
            6 => {
                let link = self.links.get(self.long(block, 8)? as usize).copied().unwrap_or(1);
                let captured = self.long(block, 20)? as usize;
                let packet = block.get(28..28usize.saturating_add(captured)).unwrap_or_default();
                self.carry(segment(link, packet), walk);
            }
            3 => {
                let link = self.links.first().copied().unwrap_or(1);
                let packet = block.get(12..length - 4).unwrap_or_default();
                self.carry(segment(link, packet), walk);
            }
            _ => {}
        }
        Some(length)
    }

    /// Takes what a packet carries to its stream.
    fn carry(&mut self, segment: Option<Segment<'_>>, walk: &mut Walk<'_>) {
        self.packets += 1;
        if !walk.take_steps(1) {
            self.is_over = true;
            return;
        }
        let Some(segment) = segment else { return };
        if segment.payload.is_empty() && !segment.is_first {
            return;
        }
        if segment.is_first {
            // A new stream between the same ends.
            self.end_flow(&segment.flow, walk);
        }
        if !self.flows.contains_key(&segment.flow) {
            if self.flows.len() >= FLOWS_MAX {
                let oldest = self.flows.iter().min_by_key(|(_, flow)| flow.last);
                if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                    self.end_flow(&name, walk);
                }
            }
            if !walk.take_entry() {
                self.is_over = true;
                return;
            }
        }
        let number = self.packets;
        let flow = self.flows.entry(segment.flow.clone()).or_insert_with(|| Flow {
            content: Content::new(),
            next: None,
            waiting: BTreeMap::new(),
            last: 0,
            number,
        });
        flow.last = number;
        walk.within(&segment.flow, |walk| flow.take(&segment, walk));
    }

    fn end_flow(&mut self, name: &str, walk: &mut Walk<'_>) {
        if let Some(mut flow) = self.flows.remove(name) {
            walk.within(name, |walk| {
                flow.pass_waiting(walk);
                flow.content.finish(walk);
            });
        }
    }
}

impl Flow {
    fn take(&mut self, segment: &Segment<'_>, walk: &mut Walk<'_>) {
        let Some(sequence) = segment.sequence else {
            self.pass(segment.payload, walk);
            self.pass(b"\n", walk);
            return;
        };
        if segment.is_first {
            self.next = Some(sequence.wrapping_add(1));
            return;
        }
        let next = *self.next.get_or_insert(sequence);
        let ahead = sequence.wrapping_sub(next);
        if ahead == 0 {
            self.pass(segment.payload, walk);
            self.next = Some(next.wrapping_add(segment.payload.len() as u32));
        } else if ahead < u32::MAX / 2 {
            self.waiting.insert(sequence, segment.payload.to_vec());
        } else {
            // Sent again: what of it is new is at its end.
            let known = next.wrapping_sub(sequence) as usize;
            if let Some(fresh) = segment.payload.get(known..).filter(|fresh| !fresh.is_empty()) {
                self.pass(fresh, walk);
                self.next = Some(next.wrapping_add(fresh.len() as u32));
            }
        }
        self.follow(walk);
    }

    /// Passes on what has become next. When too much waits, something was lost: it is passed over.
    fn follow(&mut self, walk: &mut Walk<'_>) {
        loop {
            let next = self.next.unwrap_or(0);
            let first = self.waiting.keys().min_by_key(|at| at.wrapping_sub(next)).copied();
            let Some(first) = first else { return };
            let waiting: usize = self.waiting.values().map(Vec::len).sum();
            let known = next.wrapping_sub(first) as usize;
            let is_due = first == next || known < WAITING_MAX;
            if !is_due && waiting <= WAITING_MAX {
                return;
            }
            let Some(data) = self.waiting.remove(&first) else { return };
            if is_due {
                let fresh = data.get(known..).unwrap_or_default().to_vec();
                self.pass(&fresh, walk);
                self.next = Some(next.wrapping_add(fresh.len() as u32));
            } else {
                self.pass(b"\n", walk);
                self.pass(&data, walk);
                self.next = Some(first.wrapping_add(data.len() as u32));
            }
        }
    }

    fn pass_waiting(&mut self, walk: &mut Walk<'_>) {
        for (_, data) in std::mem::take(&mut self.waiting) {
            self.pass(b"\n", walk);
            self.pass(&data, walk);
        }
    }

    fn pass(&mut self, bytes: &[u8], walk: &mut Walk<'_>) {
        if walk.take_expanded(bytes.len()) {
            self.content.feed(bytes, walk);
        }
    }
}

impl Container for Capture {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        if self.is_over {
            return;
        }
        self.pending.extend_from_slice(block);
        let pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        while !self.is_over {
            let Some(taken) = self.take(&pending[at..], walk) else { break };
            at += taken;
        }
        self.pending = pending[at..].to_vec();
    }

    fn finish(mut self: Box<Self>, walk: &mut Walk<'_>) {
        if !self.pending.is_empty() && !self.is_over {
            walk.unread("capture ends too early: its last packet is not whole");
        }
        let mut names: Vec<(u64, String)> =
            self.flows.iter().map(|(name, flow)| (flow.number, name.clone())).collect();
        names.sort();
        for (_, name) in names {
            self.end_flow(&name, walk);
        }
    }
}
