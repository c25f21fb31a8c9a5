//! What a browser makes of the device's answers.

/// A complete HTTP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code, such as 200.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body as text (lossy: the device serves text).
    pub body: String,
}

impl Response {
    /// Parses everything a connection delivered until it was closed.
    ///
    /// # Errors
    /// Says what was received when that is not one whole HTTP response.
    pub fn parse(bytes: &[u8]) -> Result<Response, String> {
        let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut headers);
        let head = match response.parse(bytes) {
            Ok(httparse::Status::Complete(head)) => head,
            Ok(httparse::Status::Partial) => {
                return Err(format!("response head cut short: {:?}", shown()))
            }
            Err(error) => return Err(format!("not HTTP ({error}): {:?}", shown())),
        };
        let parsed = Response {
            status: response.code.expect("a complete head has a status"),
            headers: response
                .headers
                .iter()
                .map(|h| {
                    (
                        h.name.to_ascii_lowercase(),
                        String::from_utf8_lossy(h.value).into_owned(),
                    )
                })
                .collect(),
            body: String::from_utf8_lossy(&bytes[head..]).into_owned(),
        };
        if let Some(length) = parsed.header("content-length") {
            let received = bytes.len() - head;
            // A HEAD response announces a length and sends nothing.
            if received != 0 && length.parse() != Ok(received) {
                return Err(format!(
                    "Content-Length {length}, but {received} bytes of body"
                ));
            }
        }
        Ok(parsed)
    }

    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Response;

    #[test]
    fn a_body_shorter_than_announced_is_an_error() {
        assert!(Response::parse(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").is_err());
        assert_eq!(
            Response::parse(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
                .unwrap()
                .body,
            "abc"
        );
    }

    #[test]
    fn half_a_head_is_an_error() {
        assert!(Response::parse(b"HTTP/1.1 200 OK\r\nContent-")
            .unwrap_err()
            .contains("cut short"));
    }
}
