//! Protocol buffers, as far as the metadata of ORC need them: messages as lists of numbered fields.

/// One field: its number, and what it holds.
pub(super) enum Field<'p> {
    Number(u64),
    Bytes(&'p [u8]),
}

/// The fields of a message, up to the first that is damaged.
pub(super) fn fields(mut rest: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while let Some(key) = varint(&mut rest) {
        let field = match key & 7 {
            0 => varint(&mut rest).map(Field::Number),
            1 => take(&mut rest, 8).map(Field::Bytes),
            2 => {
                let length = varint(&mut rest).and_then(|length| usize::try_from(length).ok());
                length.and_then(|length| take(&mut rest, length)).map(Field::Bytes)
            }
            5 => take(&mut rest, 4).map(Field::Bytes),
            _ => None,
        };
        let Some(field) = field else { break };
        fields.push((key >> 3, field));
    }
    fields
}

/// The number that a field holds.
pub(super) fn number(message: &[(u64, Field<'_>)], id: u64) -> Option<u64> {
    message.iter().find_map(|(known, field)| match field {
        Field::Number(number) if *known == id => Some(*number),
        _ => None,
    })
}

/// The number of bytes or values that a field tells; 0 where there is none.
pub(super) fn count(message: &[(u64, Field<'_>)], id: u64) -> usize {
    number(message, id).and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}

/// The messages or texts that a repeated field holds.
pub(super) fn parts<'p>(message: &[(u64, Field<'p>)], id: u64) -> Vec<&'p [u8]> {
    let of = |(known, field): &(u64, Field<'p>)| match field {
        Field::Bytes(bytes) if *known == id => Some(*bytes),
        _ => None,
    };
    message.iter().filter_map(of).collect()
}

/// The numbers of a repeated field, packed or not.
pub(super) fn numbers(message: &[(u64, Field<'_>)], id: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    for (known, field) in message.iter().filter(|(known, _)| *known == id) {
        match field {
            Field::Number(number) if *known == id => numbers.push(*number),
            Field::Number(_) => {}
            Field::Bytes(packed) => {
                let mut packed = *packed;
                while let Some(number) = varint(&mut packed) {
                    numbers.push(number);
                }
            }
        }
    }
    numbers
}

fn take<'p>(rest: &mut &'p [u8], count: usize) -> Option<&'p [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

/// A number in seven bits a byte, least significant first.
pub(super) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
