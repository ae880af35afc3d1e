//! `multipart/form-data`, read tolerantly: quoted boundaries, any header case, bare line feeds, preamble and epilogue.

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    pub(crate) content: &'a [u8],
}

/// The boundary of a content type; `None` when it is not a form of parts.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let mut pieces = content_type.split(';');
    if !pieces.next()?.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameter(pieces, "boundary").filter(|text| !text.is_empty())
}

/// The parts of a body. `None` when the body does not begin, go on or end as a form of that boundary must.
pub(crate) fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let marker = format!("--{boundary}");
    let marker = marker.as_bytes();
    let mut rest = body.get(next_marker(body, marker)? + marker.len()..)?;
    let mut found = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(found);
        }
        let content = after_line_end(rest)?;
        let end = next_marker(content, marker)?;
        found.push(part(content.get(..end)?)?);
        rest = content.get(end + marker.len()..)?;
    }
}

/// Where the next marker stands at the beginning of a line.
fn next_marker(text: &[u8], marker: &[u8]) -> Option<usize> {
    text.windows(marker.len())
        .enumerate()
        .find(|(at, window)| *window == marker && (*at == 0 || text.get(at - 1) == Some(&b'\n')))
        .map(|(at, _)| at)
}

fn after_line_end(text: &[u8]) -> Option<&[u8]> {
    let at = text.iter().position(|byte| *byte == b'\n')?;
    let padding = text.get(..at)?;
    padding.iter().all(u8::is_ascii_whitespace).then(|| text.get(at + 1..)).flatten()
}

fn part(text: &[u8]) -> Option<Part<'_>> {
    let mut rest = text;
    let mut name = None;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8_lossy(rest.get(..end)?);
        let line = line.trim_end();
        rest = rest.get(end + 1..)?;
        if line.is_empty() {
            break;
        }
        if let Some((header, value)) = line.split_once(':')
            && header.trim().eq_ignore_ascii_case("content-disposition")
        {
            name = parameter(value.split(';').skip(1), "name");
        }
    }
    // The line end before the next marker belongs to the marker.
    let content = rest.strip_suffix(b"\n").unwrap_or(rest);
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    Some(Part { name: name?, content })
}

fn parameter<'a>(pieces: impl Iterator<Item = &'a str>, wanted: &str) -> Option<String> {
    for piece in pieces {
        if let Some((key, value)) = piece.split_once('=')
            && key.trim().eq_ignore_ascii_case(wanted)
        {
            return Some(value.trim().trim_matches('"').to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_as_curl_sends_it() {
        let boundary = boundary("multipart/form-data; boundary=----X9").unwrap();
        let body = b"------X9\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s;1.csv\"\r\nContent-Type: text/csv\r\n\r\n\"a\";\"b\"\r\n1;2\r\n\r\n------X9\r\ncontent-disposition: form-data; name=import_mode\r\n\r\nNORMAL\r\n------X9--\r\n";
        let parts = parts(body, &boundary).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].name, "file");
        assert_eq!(parts[0].content, b"\"a\";\"b\"\r\n1;2\r\n");
        assert_eq!((parts[1].name.as_str(), parts[1].content), ("import_mode", &b"NORMAL"[..]));
    }

    #[test]
    fn bare_line_feeds_quoted_boundaries_and_a_preamble_are_read() {
        let boundary = boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"b 1\"").unwrap();
        let body = b"preamble\n--b 1\nContent-Disposition: form-data; name=\"file\"\n\nx --b 1 y\n--b 1--";
        assert_eq!(parts(body, &boundary).unwrap()[0].content, b"x --b 1 y");
    }

    #[test]
    fn what_is_no_form_is_refused() {
        assert_eq!(boundary("text/csv"), None);
        assert_eq!(boundary("multipart/form-data"), None);
        for body in [
            &b""[..],
            b"--b",
            b"--b\r\n",
            b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncut off",
            b"--b\r\nno header end\r\n--b--",
        ] {
            assert_eq!(parts(body, "b"), None, "{body:?}");
        }
    }
}
