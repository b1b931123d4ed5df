//! The codings that a file is sent in: which one a client wants (RFC 9110, 12.5.3), and the compression itself.
//!
//! Compression takes its time, so it is for a thread that may block, once for each file and never for a request.

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;
use std::io::Write;

/// How the bytes of a file are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Plain,
    Gzip,
    Brotli,
}

/// The smallest first: of codings that are as welcome, the first is sent.
const PACKED: [Coding; 2] = [Coding::Brotli, Coding::Gzip];

impl Coding {
    /// Its name in `Content-Encoding`, if it is to be named there.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// What the client would rather have. Plain bytes are for those who say nothing, and for those who want nothing of
    /// what there is.
    pub(crate) fn wanted(request: &HeaderMap) -> Self {
        let values = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let accepted: Vec<(&str, f32)> =
            values.flat_map(|value| value.split(',')).filter_map(weighted).collect();
        let named = |name: &str| accepted.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let quality_of = |name: &str| named(name).or_else(|| named("*")).map(|&(_, quality)| quality);
        // Plain bytes that nobody named are what is left when nothing else will do.
        let plain = named("identity").map_or(0.0, |&(_, quality)| quality);
        let mut best = (Self::Plain, plain);
        for coding in PACKED {
            let quality = coding.name().and_then(quality_of).unwrap_or(0.0);
            let is_better = quality > best.1 || (quality == best.1 && best.0 == Self::Plain);
            if quality > 0.0 && is_better {
                best = (coding, quality);
            }
        }
        best.0
    }

    /// The bytes in this coding, or `None` if they would not get smaller.
    pub(super) fn pack(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let packed = match self {
            Self::Plain => None,
            Self::Gzip => gzip(bytes),
            Self::Brotli => brotli(bytes),
        };
        packed.filter(|packed| packed.len() < bytes.len())
    }
}

/// A coding's name and how welcome it is, `0..=1`; `None` if this is not such a thing.
fn weighted(text: &str) -> Option<(&str, f32)> {
    let (name, parameter) = text.split_once(';').unwrap_or((text, "q=1"));
    let quality = parameter.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?;
    let quality: f32 = quality.trim().parse().ok()?;
    (0.0..=1.0).contains(&quality).then_some((name.trim(), quality))
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).ok()
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    // The best quality, and a window that holds the largest file.
    let params = BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    let mut packed = Vec::with_capacity(bytes.len() / 2);
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params).ok()?;
    Some(packed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn wanted(accept: &str) -> Coding {
        let mut request = HeaderMap::new();
        request.insert(ACCEPT_ENCODING, accept.parse().unwrap());
        Coding::wanted(&request)
    }

    #[test]
    fn the_client_says_which_coding() {
        assert_eq!(Coding::wanted(&HeaderMap::new()), Coding::Plain);
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip, deflate", Coding::Gzip),
            ("br;q=0.5, gzip;q=0.8", Coding::Gzip),
            ("br; q=0.8 , gzip;q=0.8", Coding::Brotli),
            ("br;q=0, gzip", Coding::Gzip),
            ("*", Coding::Brotli),
            ("*;q=0.5, br;q=0", Coding::Gzip),
            ("*;q=0", Coding::Plain),
            ("identity", Coding::Plain),
            ("identity;q=1, br;q=0.5", Coding::Plain),
            ("identity;q=0.5, br;q=0.5", Coding::Brotli),
            ("identity;q=0, GZIP", Coding::Gzip),
            ("br;q=2, gzip;q=x, br;level=1", Coding::Plain),
            ("br;q=NaN", Coding::Plain),
            ("", Coding::Plain),
            ("zstd", Coding::Plain),
        ] {
            assert_eq!(wanted(accept), coding, "{accept:?}");
        }
    }

    #[test]
    fn several_headers_are_one_list() {
        let mut request = HeaderMap::new();
        request.append(ACCEPT_ENCODING, "gzip".parse().unwrap());
        request.append(ACCEPT_ENCODING, "br".parse().unwrap());
        assert_eq!(Coding::wanted(&request), Coding::Brotli);
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let bytes = b"perigee ".repeat(500);
        let mut unpacked = Vec::new();
        let packed = Coding::Gzip.pack(&bytes).unwrap();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, bytes);
        unpacked.clear();
        let packed = Coding::Brotli.pack(&bytes).unwrap();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut unpacked).unwrap();
        assert_eq!(unpacked, bytes);
    }

    #[test]
    fn what_would_not_get_smaller_stays_plain() {
        assert!(Coding::Gzip.pack(b"a").is_none() && Coding::Brotli.pack(b"a").is_none());
        assert!(Coding::Plain.pack(&[0; 1000]).is_none());
    }
}
