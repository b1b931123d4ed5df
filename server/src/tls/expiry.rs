//! When a certificate expires: the only date that is read from it (RFC 5280, 4.1). An unreadable certificate has none.

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The expiry, seconds since 1970.
pub(super) fn of(certificate: &[u8]) -> Option<i64> {
    let (_, outer, _) = element(certificate, Some(SEQUENCE))?;
    let (_, mut inner, _) = element(outer, Some(SEQUENCE))?;
    if inner.first() == Some(&VERSION) {
        inner = element(inner, Some(VERSION))?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        inner = element(inner, None)?.2;
    }
    let (_, validity, _) = element(inner, Some(SEQUENCE))?;
    let (_, _, after_not_before) = element(validity, None)?;
    let (tag, not_after, _) = element(after_not_before, None)?;
    let text = std::str::from_utf8(not_after).ok()?;
    match tag {
        // A year of two digits means 1950 to 2049.
        UTC_TIME => {
            let century = if text.get(..2)? < "50" { "20" } else { "19" };
            time(&format!("{century}{text}"))
        }
        GENERALIZED_TIME => time(text),
        _ => None,
    }
}

/// The first element: its tag, its content, and the rest.
fn element(bytes: &[u8], wanted: Option<u8>) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if wanted.is_some_and(|wanted| wanted != tag) {
        return None;
    }
    let (&first, mut rest) = rest.split_first()?;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        rest = after;
        digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit))
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

/// `YYYYMMDDHHMMSSZ`.
fn time(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z')?;
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits[from..to].parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    if !(1..=12).contains(&month) {
        return None;
    }
    Some(((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days since 1970 in the Gregorian calendar. The year is taken to begin in March, so that a leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_seconds_since_1970() {
        assert_eq!(time("19700101000000Z"), Some(0));
        assert_eq!(time("20000229123456Z"), Some(951_827_696));
        assert_eq!(time("20261130000000Z"), Some(1_795_996_800));
        for text in ["", "Z", "2026113000000Z", "20261330000000Z", "2026113000000éZ", "20261130000000"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn the_end_is_found_in_a_certificate() {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        for (year, wanted) in [(2031, "20310514000000Z"), (2077, "20770514000000Z")] {
            params.not_after = rcgen::date_time_ymd(year, 5, 14);
            let made = params.clone().self_signed(&key).unwrap();
            assert_eq!(of(made.der()), time(wanted), "{year}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let whole = made.cert.der().to_vec();
        for length in 0..200 {
            let _ = of(&whole[..length]);
        }
        let mut bytes = whole.clone();
        for at in 0..whole.len() {
            bytes[at] ^= 0xff;
            let _ = of(&bytes);
            bytes[at] ^= 0xff;
        }
        assert_eq!(of(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
