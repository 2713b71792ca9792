// SPDX-License-Identifier: LGPL-2.0-or-later
//! What answers begin with, and the pages of errors.
#![forbid(unsafe_code)]

use super::date::DATE_LEN;
use crate::text::FixedText;

/// Which header an answer begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// None: the request was one of HTTP/0.9.
    Bare,
    /// That of HTTP/1.1. A request whose version is not known gets it, too.
    Headed,
}

impl Version {
    /// By the number in [`Request::version`](super::Request::version).
    #[must_use]
    pub fn of(number: i32) -> Self {
        if number >= 0x100 || number == 0 { Self::Headed } else { Self::Bare }
    }
}

/// The code that is sent, and its text: an unknown code becomes 500.
#[must_use]
pub fn status_text(code: i32) -> (i32, &'static str) {
    let text = match code {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Request Entity Too Large",
        414 => "Request URI Too Long",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => return (500, "Internal Server Error"),
    };
    (code, text)
}

/// What the header of an answer says.
#[derive(Clone, Copy, Debug)]
pub struct AnswerHead<'a> {
    /// The code; see [`status_text`].
    pub code: i32,
    /// The date.
    pub date: [u8; DATE_LEN],
    /// Whether the connection stays open.
    pub keep_alive: bool,
    /// The length of the body, if it is said.
    pub len: Option<i32>,
    /// The type of the body, of which 256 bytes count.
    pub content_type: &'a [u8],
    /// Whole header lines, each of which counts up to 1024 bytes in all.
    pub more: [&'a [u8]; 2],
}

/// The greatest size of a header.
const HEAD_SIZE: usize = 4096;

impl AnswerHead<'_> {
    /// Gives the header to `send`.
    pub fn write<R>(&self, send: impl FnOnce(&[u8]) -> R) -> R {
        let up_to = |text: &'_ [u8], limit: usize| text.get(..limit).map_or(text.len(), <[u8]>::len);
        let (code, text) = status_text(self.code);
        let mut head = FixedText::<HEAD_SIZE>::new();
        head.push("HTTP/1.1 ").push_int(code.into()).push(" ").push(text);
        head.push("\r\nServer: MTProxy/1.0\r\nDate: ").push_bytes(&self.date);
        let kind = self.content_type;
        head.push("\r\nContent-Type: ").push_bytes(kind.get(..up_to(kind, 256)).unwrap_or_default());
        head.push("\r\nConnection: ").push(if self.keep_alive { "keep-alive" } else { "close" }).push("\r\n");
        for more in self.more {
            head.push_bytes(more.get(..up_to(more, 1024)).unwrap_or_default());
        }
        if let Some(len) = self.len {
            head.push("Content-Length: ").push_int(len.into()).push("\r\n");
        }
        head.push("\r\n");
        send(head.as_bytes())
    }
}

/// Gives the page of an error to `send`.
pub fn error_page<R>(code: i32, send: impl FnOnce(&[u8]) -> R) -> R {
    let (code, text) = status_text(code);
    let mut page = FixedText::<512>::new();
    page.push("<html>\r\n<head><title>").push_int(code.into()).push(" ").push(text);
    page.push("</title></head>\r\n<body bgcolor=\"white\">\r\n<center><h1>")
        .push_int(code.into())
        .push(" ")
        .push(text);
    page.push("</h1></center>\r\n<hr><center>MTProxy/1.0</center>\r\n</body>\r\n</html>\r\n");
    send(page.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_the_originals() {
        let head = AnswerHead {
            code: 200,
            date: *b"Thu, 01 Jan 1970 00:00:00 GMT",
            keep_alive: false,
            len: Some(5),
            content_type: b"text/html",
            more: [b"", b"X: y\r\n"],
        };
        let text = head.write(<[u8]>::to_vec);
        assert_eq!(
            text.escape_ascii().to_string(),
            "HTTP/1.1 200 OK\\r\\nServer: MTProxy/1.0\\r\\nDate: Thu, 01 Jan 1970 00:00:00 GMT\\r\\nContent-Type: text/html\
             \\r\\nConnection: close\\r\\nX: y\\r\\nContent-Length: 5\\r\\n\\r\\n"
        );
        let (long, longer) = ([b'a'; 300], [b'b'; 2000]);
        let most =
            AnswerHead { content_type: &long, more: [&longer; 2], keep_alive: true, len: None, ..head };
        let text = most.write(<[u8]>::to_vec);
        let count = |byte| text.iter().filter(|&&other| other == byte).count();
        assert_eq!((count(b'b'), text.ends_with(b"b\r\n")), (2048, true));
        assert!(text.windows(257).all(|part| part != [b'a'; 257]));
    }

    #[test]
    fn an_unknown_code_is_500() {
        assert_eq!(status_text(599), (500, "Internal Server Error"));
        assert!(error_page(-1, |page| page
            .starts_with(b"<html>\r\n<head><title>500 Internal Server Error</title>")));
    }
}
