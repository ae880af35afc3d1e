//! The stock file and the form that carries it (`contracts/john-lewis.md §2.5`, STO01).

use std::fmt::Write as _;

use bytes::Bytes;
use crossdock_connector::{Rejection, StockLine};

use crate::request::cannot;

/// The first line of every file.
const HEADER: &str = "\"offer-sku\";\"quantity\";\"warehouse-code\";\"update-delete\"";

/// A form, ready to be sent.
pub(crate) struct Form {
    /// Media type with the boundary.
    pub(crate) content_type: String,
    /// The form.
    pub(crate) body: Bytes,
}

/// The SKU that a line of the file names: the listing is the offer's own SKU.
pub(crate) fn offer_sku(line: &StockLine) -> &str {
    if line.listing.trim().is_empty() { &line.sku } else { &line.listing }
}

/// Whether a line can stand in the file. One that cannot is left out and told, so that it does not cost the others
/// their figures.
pub(crate) fn writable(line: &StockLine) -> bool {
    let sku = offer_sku(line);
    !sku.trim().is_empty() && !sku.contains(char::is_control)
}

/// The file as text: one line per offer, without warehouse, so that the figure is the offer's whole stock.
///
/// A figure below nothing is sent as nothing: it can only mean that none may be sold.
pub(crate) fn csv(lines: &[StockLine]) -> Result<String, Rejection> {
    let mut out = String::with_capacity(HEADER.len() + 1 + lines.len() * 40);
    out.push_str(HEADER);
    let mut written = 0_usize;
    for line in lines.iter().filter(|line| writable(line)) {
        let sku = offer_sku(line).replace('"', "\"\"");
        // Writing into a string cannot fail.
        let _ = write!(out, "\n\"{sku}\";\"{}\";\"\";\"\"", line.quantity.max(0));
        written += 1;
    }
    if written == 0 {
        return Err(cannot("a stock file without lines publishes nothing"));
    }
    out.push('\n');
    Ok(out)
}

/// The form with the file in its only field. The boundary comes from the effect, so equal work gives equal bytes.
pub(crate) fn multipart(effect: &str, lines: &[StockLine]) -> Result<Form, Rejection> {
    let file = csv(lines)?;
    let name: String = effect.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let mut boundary = format!("crossdock-{name}");
    // At most 70 characters are allowed; a file that holds the boundary twenty times over, each time longer, does not
    // happen, and if it did the call would be refused, not misread.
    while file.contains(&boundary) && boundary.len() < 70 {
        boundary.push('x');
    }
    if file.contains(&boundary) {
        return Err(cannot("no boundary was found that the stock file does not hold itself"));
    }
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"stock-{name}.csv\"\r\n\
         Content-Type: text/csv; charset=utf-8\r\n\r\n{file}\r\n--{boundary}--\r\n"
    );
    Ok(Form { content_type: format!("multipart/form-data; boundary={boundary}"), body: Bytes::from(body) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(listing: &str, quantity: i64) -> StockLine {
        StockLine { listing: listing.to_owned(), sku: "S".to_owned(), quantity }
    }

    #[test]
    fn every_sku_comes_back_out_of_the_file_unchanged() {
        for code in 32..=0x2ff_u32 {
            let Some(odd) = char::from_u32(code).filter(|c| !c.is_control()) else {
                continue;
            };
            let sku = format!("A{odd}{odd}B");
            let file = csv(&[line(&sku, 3)]).unwrap();
            let row = file.lines().nth(1).unwrap();
            let field = row.strip_prefix('"').and_then(|rest| rest.strip_suffix("\";\"3\";\"\";\"\"")).unwrap();
            assert_eq!(field.replace("\"\"", "\""), sku);
            assert_eq!(file.lines().count(), 2, "{sku:?} must stay on one line");
        }
    }

    #[test]
    fn what_no_line_can_hold_is_left_out_and_a_file_of_nothing_is_refused() {
        for bad in ["A\nB", "A\tB", "A\u{0}", "A\u{85}B"] {
            assert!(csv(&[line(bad, 1)]).is_err(), "{bad:?}");
            let file = csv(&[line(bad, 1), line("good", 2)]).unwrap();
            assert_eq!(file.lines().skip(1).collect::<Vec<_>>(), ["\"good\";\"2\";\"\";\"\""]);
        }
        assert!(csv(&[]).is_err());
    }

    #[test]
    fn less_than_nothing_is_published_as_nothing() {
        assert!(csv(&[line("A", -4)]).unwrap().contains("\"A\";\"0\";\"\";\"\""));
    }

    #[test]
    fn the_boundary_never_occurs_in_the_file() {
        let nasty = "crossdock-e1x";
        let form = multipart("e1", &[line(nasty, 1), line("crossdock-e1", 2)]).unwrap();
        let boundary = form.content_type.split("boundary=").nth(1).unwrap();
        let body = String::from_utf8(form.body.to_vec()).unwrap();
        assert_eq!(body.matches(boundary).count(), 2, "once before, once after the file");
        assert!(boundary.len() <= 70);
    }

    #[test]
    fn equal_work_gives_equal_bytes() {
        let lines = [line("A", 1)];
        assert_eq!(multipart("e1", &lines).unwrap().body, multipart("e1", &lines).unwrap().body);
    }
}
