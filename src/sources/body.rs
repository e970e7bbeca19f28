//! Reading a body under two caps, one for the bytes on the wire and one for what they decompress to, so that
//! neither a flood nor a gzip bomb costs more memory than was allowed. The client never lets the HTTP library
//! decompress: it would count for us only one of the two.

use std::io::Write;

use flate2::write::MultiGzDecoder;

/// The most bytes of one answer, on the wire and decoded.
pub const MOST_BYTES: u64 = 256 << 20;

/// Why a body was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum BodyError {
    /// More than the cap; whether decoded bytes were counted.
    TooLarge {
        /// Whether decoded bytes were counted.
        decoded: bool,
    },
    /// Not gzip, or damaged.
    Encoding(String),
}

/// A body as it comes in, chunk by chunk.
pub struct Body {
    limit: u64,
    wire: u64,
    bytes: Bytes,
}

enum Bytes {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Body {
    /// A body of at most `limit` bytes, `gzip` if its header says so. What a length header promises is taken as a
    /// hint of up to 1 MiB only: headers lie.
    pub fn new(gzip: bool, promised: Option<u64>, limit: u64) -> Self {
        let room = promised.unwrap_or(0).min(1 << 20) as usize;
        let capped = Capped { limit, bytes: Vec::with_capacity(room) };
        let bytes = if gzip { Bytes::Gzip(Box::new(MultiGzDecoder::new(capped))) } else { Bytes::Plain(capped) };
        Self { limit, wire: 0, bytes }
    }

    /// The bytes that came over the wire so far.
    pub fn wire(&self) -> u64 {
        self.wire
    }

    /// Takes a chunk.
    ///
    /// # Errors
    /// A cap is reached, or the chunk does not decompress.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), BodyError> {
        self.wire += chunk.len() as u64;
        if self.wire > self.limit {
            return Err(BodyError::TooLarge { decoded: false });
        }
        match &mut self.bytes {
            Bytes::Plain(capped) => capped.write_all(chunk),
            Bytes::Gzip(decoder) => decoder.write_all(chunk),
        }
        .map_err(|error| body_error(&error))
    }

    /// The whole body, decoded.
    ///
    /// # Errors
    /// The end of the compressed stream is missing.
    pub fn finish(self) -> Result<Vec<u8>, BodyError> {
        match self.bytes {
            Bytes::Plain(capped) => Ok(capped.bytes),
            Bytes::Gzip(_) if self.wire == 0 => Ok(Vec::new()),
            Bytes::Gzip(decoder) => decoder.finish().map(|capped| capped.bytes).map_err(|error| body_error(&error)),
        }
    }
}

/// A vector that takes no more than its limit.
struct Capped {
    limit: u64,
    bytes: Vec<u8>,
}

impl Write for Capped {
    fn write(&mut self, chunk: &[u8]) -> std::io::Result<usize> {
        if (self.bytes.len() + chunk.len()) as u64 > self.limit {
            return Err(std::io::Error::from(std::io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn body_error(error: &std::io::Error) -> BodyError {
    match error.kind() {
        std::io::ErrorKind::FileTooLarge => BodyError::TooLarge { decoded: true },
        _ => BodyError::Encoding(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("a vector takes all");
        encoder.finish().expect("a vector takes all")
    }

    fn read(gzip: bool, limit: u64, chunks: &[&[u8]]) -> Result<Vec<u8>, BodyError> {
        let mut body = Body::new(gzip, None, limit);
        for chunk in chunks {
            body.push(chunk)?;
        }
        body.finish()
    }

    #[test]
    fn both_forms_come_back_whole_in_any_cut() {
        let packed = gzip(b"hello, operator");
        let (head, tail) = packed.split_at(7);
        assert_eq!(read(true, 100, &[head, tail]), Ok(b"hello, operator".to_vec()));
        assert_eq!(read(false, 100, &[b"hello, ", b"operator"]), Ok(b"hello, operator".to_vec()));
    }

    #[test]
    fn wire_and_decoded_bytes_are_capped_apart() {
        let bomb = gzip(&vec![0; 5 << 20]);
        assert!(bomb.len() < 10_000);
        assert_eq!(read(true, 1 << 20, &[&bomb]), Err(BodyError::TooLarge { decoded: true }));
        assert_eq!(read(true, 100, &[&bomb]), Err(BodyError::TooLarge { decoded: false }));
        assert_eq!(read(false, 10, &[b"123456", b"78901"]), Err(BodyError::TooLarge { decoded: false }));
        // Members that decode to nothing still count on the wire.
        let empty = gzip(b"").repeat(100);
        assert_eq!(read(true, 1000, &[&empty]), Err(BodyError::TooLarge { decoded: false }));
    }

    #[test]
    fn a_cut_or_false_stream_is_an_error() {
        let packed = gzip(b"hello, operator");
        assert!(matches!(read(true, 100, &[&packed[..packed.len() - 4]]), Err(BodyError::Encoding(_))));
        assert!(matches!(read(true, 100, &[b"not gzip at all"]), Err(BodyError::Encoding(_))));
    }
}
