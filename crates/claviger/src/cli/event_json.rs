//! Access events as JSON lines, as `serde_json` writes them, without making anything else of them first.

use claviger_watch::EventView;
use jiff::Timestamp;

/// JSON lines that are gathered to be written.
#[derive(Debug, Default)]
pub(crate) struct EventJson {
    bytes: Vec<u8>,
    /// The second that was written last, and its text without the `Z`: most lines of a log share it.
    second: Option<i64>,
    second_text: String,
}

impl EventJson {
    /// The lines.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets the lines.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Adds an event, with the fields of [`claviger_model::AccessEvent`].
    pub(crate) fn push(&mut self, event: &EventView<'_>) {
        self.bytes.extend_from_slice(b"{\"time\":\"");
        self.time(event.time);
        self.bytes.push(b'"');
        self.text("access_key_id", event.access_key_id.as_deref());
        self.text("account", event.account.as_deref());
        self.text("source_ip", event.source_ip.as_deref());
        self.text("user_agent", event.user_agent.as_deref());
        self.text("operation", Some(&event.operation));
        self.text("bucket", event.bucket.as_deref());
        self.text("object", event.object.as_deref());
        self.number("status", event.status.map(u64::from));
        self.text("error", event.error.as_deref());
        self.number("bytes_out", event.bytes_out);
        self.number("bytes_in", event.bytes_in);
        self.text("request_id", event.request_id.as_deref());
        self.text("event_id", Some(&event.event_id));
        self.bytes.extend_from_slice(b"}\n");
    }

    fn time(&mut self, time: Timestamp) {
        let second = time.as_second();
        if time.subsec_nanosecond() != 0 {
            self.bytes.extend_from_slice(time.to_string().as_bytes());
            return;
        }
        if self.second != Some(second) {
            self.second = Some(second);
            self.second_text = time.to_string();
        }
        self.bytes.extend_from_slice(self.second_text.as_bytes());
    }

    fn name(&mut self, name: &str) {
        self.bytes.extend_from_slice(b",\"");
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
    }

    fn number(&mut self, name: &str, number: Option<u64>) {
        self.name(name);
        let Some(mut number) = number else {
            self.bytes.extend_from_slice(b"null");
            return;
        };
        // The digits of 2^64 - 1, from the right.
        let mut digits = [0; 20];
        let mut first = digits.len();
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            first -= 1;
            if number == 0 {
                break;
            }
        }
        self.bytes.extend_from_slice(digits.get(first..).unwrap_or_default());
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        self.name(name);
        let Some(text) = text else {
            self.bytes.extend_from_slice(b"null");
            return;
        };
        self.bytes.push(b'"');
        // Looked at to the end, not to the first hit: that is what a vector unit can do.
        let is_plain = text.bytes().fold(true, |plain, byte| plain & !needs_escape(byte));
        if is_plain {
            self.bytes.extend_from_slice(text.as_bytes());
        } else {
            text.bytes().for_each(|byte| self.escaped(byte));
        }
        self.bytes.push(b'"');
    }

    fn escaped(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let letter = match byte {
            byte if !needs_escape(byte) => {
                self.bytes.push(byte);
                return;
            }
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            b'"' | b'\\' => byte,
            _ => {
                let low = DIGITS[usize::from(byte & 15)];
                self.bytes.extend_from_slice(&[b'\\', b'u', b'0', b'0', b'0' + (byte >> 4), low]);
                return;
            }
        };
        self.bytes.extend_from_slice(&[b'\\', letter]);
    }
}

fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

#[cfg(test)]
mod tests {
    use claviger_model::AccessEvent;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_those_of_serde_json(
            seconds in -62_000_000_000_i64..250_000_000_000,
            nanoseconds in prop_oneof![Just(0), 0..999_999_999_i32],
            texts in prop::collection::vec(prop::option::of("(?s).{0,12}"), 9),
            numbers in prop::collection::vec(prop::option::of(any::<u64>()), 2),
            status in prop::option::of(any::<u16>()),
        ) {
            let event: AccessEvent = serde_json::from_value(serde_json::json!({
                "time": Timestamp::new(seconds, nanoseconds).unwrap().to_string(),
                "access_key_id": "LTAI5tMadeUpKeyId0000001", "account": texts[0],
                "source_ip": texts[1], "user_agent": texts[2],
                "operation": texts[3].clone().unwrap_or_default(), "bucket": texts[4],
                "object": texts[5], "status": status, "error": texts[6],
                "bytes_out": numbers[0], "bytes_in": numbers[1], "request_id": texts[7],
                "event_id": texts[8].clone().unwrap_or_default(),
            })).unwrap();
            let mut lines = EventJson::default();
            lines.push(&EventView::from(&event));
            lines.push(&EventView::from(&event));
            let expected = format!("{}\n", serde_json::to_string(&event).unwrap());
            prop_assert_eq!(std::str::from_utf8(lines.bytes()).unwrap(), expected.repeat(2));
        }
    }
}
