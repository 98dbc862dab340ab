//! Reading an answer without trusting its size.

use reqwest::Response;

use crate::DialError;

/// Reads the whole body, at most `bytes_max` bytes.
///
/// # Errors
/// The body is larger (it is not read further), or the connection breaks.
pub async fn read_body(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, DialError> {
    let too_large = || DialError::BodyTooLarge { bytes_max };
    let cut = |error: reqwest::Error| DialError::ReadBody(error.without_url());
    let announced = response.content_length().unwrap_or(0);
    if announced > bytes_max as u64 {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(cut)? {
        if body.len() + chunk.len() > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
