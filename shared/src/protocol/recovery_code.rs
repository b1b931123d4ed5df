//! A device token in a form that a player can write down and type in again on another device: Crockford's base 32,
//! which omits letters that are easily confused, in groups. Its check symbol at the end detects any single wrong
//! character and any two that were swapped.
//!
//! Whoever has the code can play as that player, so it is shown only on request.

use super::tokens::DeviceToken;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The symbols of a remainder modulo 37: the 32 digits and five more. 37 is prime and above 32, and 32 is a primitive
/// root of it. So the powers of 32 at the 26 places differ modulo 37, and neither a changed digit nor a swap keeps the
/// remainder.
const CHECKS: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";
/// Digits of 128 bits; the first one has only three of them.
const DIGIT_COUNT: usize = 26;
/// Characters per group.
const GROUP: usize = 4;
/// Longest text that is parsed, bytes: a code with as many separators as anyone would type.
const MAX_TYPED_BYTES: usize = 256;

impl DeviceToken {
    /// The code to write down: seven groups.
    #[must_use]
    pub fn to_recovery_code(self) -> String {
        let number = u128::from_be_bytes(self.0);
        let digits = (0..DIGIT_COUNT).rev().map(|place| DIGITS[(number >> (5 * place)) as usize % 32]);
        let symbols = digits.chain(std::iter::once(CHECKS[(number % 37) as usize]));
        let mut code = String::new();
        for (at, symbol) in symbols.enumerate() {
            if at > 0 && at % GROUP == 0 {
                code.push('-');
            }
            code.push(char::from(symbol));
        }
        code
    }

    /// The token of a code that was typed in: lower case, spaces and other separators are accepted, and so are letters
    /// that look like digits. `None` if a character is wrong, missing or superfluous.
    #[must_use]
    pub fn from_recovery_code(typed: &str) -> Option<Self> {
        if typed.len() > MAX_TYPED_BYTES {
            return None;
        }
        let symbols: Vec<u8> = typed.chars().filter_map(symbol).collect();
        let (check, digits) = symbols.split_last().filter(|(_, digits)| digits.len() == DIGIT_COUNT)?;
        let mut number: u128 = 0;
        for digit in digits {
            let value = DIGITS.iter().position(|known| known == digit)?;
            // More than 128 bits are not a token.
            number = number.checked_mul(32)?.checked_add(value as u128)?;
        }
        (CHECKS[(number % 37) as usize] == *check).then_some(Self(number.to_be_bytes()))
    }
}

/// The symbol that a typed character means; `None` for a separator. Characters that are not a symbol are passed on
/// unchanged.
fn symbol(typed: char) -> Option<u8> {
    match typed.to_ascii_uppercase() {
        c if c.is_whitespace()
            || matches!(c, '-' | '_' | '.' | ',' | ':' | '\u{2010}'..='\u{2015}' | '\u{2212}') =>
        {
            None
        }
        'O' => Some(b'0'),
        'I' | 'L' => Some(b'1'),
        c if c.is_ascii() => Some(c as u8),
        _ => Some(b'?'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    fn tokens() -> impl Iterator<Item = DeviceToken> {
        let mut rng = Rng::new(3);
        let random = std::iter::repeat_with(move || {
            let mut bytes = [0; 16];
            bytes.iter_mut().for_each(|byte| *byte = rng.next_u32() as u8);
            DeviceToken(bytes)
        });
        [DeviceToken([0; 16]), DeviceToken([255; 16])].into_iter().chain(random.take(200))
    }

    #[test]
    fn a_code_is_seven_groups_and_comes_back_however_it_is_typed() {
        assert_eq!(DeviceToken([0; 16]).to_recovery_code(), "0000-0000-0000-0000-0000-0000-000");
        for token in tokens() {
            let code = token.to_recovery_code();
            assert_eq!((code.len(), code.split('-').count()), (33, 7), "{code}");
            let typed = format!("  {} ", code.to_lowercase().replace('-', " \u{2013} "));
            for typed in
                [code.clone(), code.replace('-', ""), typed, code.replace('0', "o").replace('1', "l")]
            {
                assert_eq!(DeviceToken::from_recovery_code(&typed), Some(token), "{typed}");
            }
        }
    }

    #[test]
    fn one_wrong_character_is_found_and_so_are_two_that_changed_places() {
        for token in tokens().take(40) {
            let code: Vec<char> = token.to_recovery_code().chars().collect();
            for at in (0..code.len()).filter(|&at| code[at] != '-') {
                for other in CHECKS.iter().map(|&symbol| char::from(symbol)).filter(|&c| c != code[at]) {
                    let mut wrong = code.clone();
                    wrong[at] = other;
                    let wrong: String = wrong.into_iter().collect();
                    assert_eq!(DeviceToken::from_recovery_code(&wrong), None, "{wrong}");
                }
                let next = (at + 1..code.len() - 1).find(|&next| code[next] != '-');
                if let Some(next) = next.filter(|&next| code[next] != code[at]) {
                    let mut wrong = code.clone();
                    wrong.swap(at, next);
                    let wrong: String = wrong.into_iter().collect();
                    assert_eq!(DeviceToken::from_recovery_code(&wrong), None, "{wrong}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let code = tokens().nth(2).unwrap().to_recovery_code();
        let long = "0".repeat(5000);
        for typed in ["", "0", &code[1..], &format!("{code}0"), &long, "ä", &code.replace(&code[5..6], "!")]
        {
            assert_eq!(DeviceToken::from_recovery_code(typed), None, "{typed}");
        }
        // More than 128 bits.
        assert_eq!(DeviceToken::from_recovery_code("ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZ0"), None);
    }
}
