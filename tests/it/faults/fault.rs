//! The faults of the table: each a line, in classes of one cause.

/// The answers of a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// A complete answer of this status and content type, with a header (none if empty).
    Answer(u16, &'static str, &'static str, &'static str),
    /// The connection ends at once, by a reset or in order.
    End { resets: bool },
    /// The first half of the true body, then the end of the connection.
    Cut(Cut),
    /// The true body, spoilt, with the right length.
    Spoilt(Spoilt),
    /// `content-encoding: gzip` before a body that is none, or before one that inflates without end.
    Gzip { is_bomb: bool },
    /// A body beyond the limit of an answer.
    Large { is_chunked: bool },
    /// A chunked body without an end.
    Endless,
    /// No answer, or one of a byte at a time.
    Slow(Slow),
    /// A head beyond what a client reads.
    Head(Head),
    /// Bytes that are no HTTP.
    NotHttp,
    /// A redirect with this status, to another host or to itself.
    Redirect(u16, bool),
    /// This status with the request as HTML or in the message of a JSON error.
    Echo(u16, bool),
    /// The true page of a v2 list with a cursor to the next: always the same one, or always a new one.
    Cursor { is_new: bool },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut {
    /// With a length that is not reached.
    Length,
    /// With a length that is not reached, by a reset.
    Reset,
    /// Without a length: the end of the connection is the end of the body.
    Close,
    /// In the middle of a chunk.
    Chunk,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Spoilt {
    Half,
    Trail,
    Utf8,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Slow {
    Hang,
    Head,
    Body,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Head {
    /// One header of a megabyte.
    Large,
    /// Five thousand headers.
    Many,
    /// Status 103 again and again.
    Informational,
}

/// A fault: its name in the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) trouble: Trouble,
}

impl Fault {
    /// Whether it asks for a wait that is longer than a refresh.
    pub(crate) fn waits_long(&self) -> bool {
        LONG.iter().any(|fault| fault.name == self.name)
    }

    /// Whether a secret is in its answers.
    pub(crate) fn shows_secrets(&self) -> bool {
        match self.trouble {
            Trouble::Echo(..) => true,
            Trouble::Answer(_, _, _, body) => body.contains("MARKED"),
            _ => false,
        }
    }
}

/// A class of faults, and the only kind of route that it makes sense on, if there is one.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) only: &'static [&'static str],
    pub(crate) faults: &'static [Fault],
}

const fn fault(name: &'static str, trouble: Trouble) -> Fault {
    Fault { name, trouble }
}

const JSON: &str = "application/json";
const HTML: &str = "text/html";
const PAGE: &str = "<html><body><h1>Service unavailable</h1></body></html>";

const fn json(name: &'static str, status: u16, body: &'static str) -> Fault {
    fault(name, Trouble::Answer(status, JSON, "", body))
}

const fn html(name: &'static str, status: u16) -> Fault {
    fault(name, Trouble::Answer(status, HTML, "", PAGE))
}

const fn waits(name: &'static str, status: u16, header: &'static str) -> Fault {
    fault(name, Trouble::Answer(status, JSON, header, r#"{"message":"slow down"}"#))
}

pub(crate) const CLASSES: &[Class] = &[
    Class { name: "refused credential", only: &[], faults: CREDENTIAL },
    Class { name: "missing right", only: &[], faults: RIGHT },
    Class { name: "refused call", only: &[], faults: CALL },
    Class { name: "throttled", only: &[], faults: THROTTLED },
    Class { name: "long Retry-After", only: &[], faults: LONG },
    Class { name: "server", only: &[], faults: SERVER },
    Class { name: "connection", only: &[], faults: CONNECTION },
    Class { name: "bytes", only: &[], faults: BYTES },
    Class { name: "another answer", only: &[], faults: OTHER },
    Class { name: "size", only: &[], faults: SIZE },
    Class { name: "time", only: &[], faults: TIME },
    Class { name: "redirect", only: &[], faults: REDIRECT },
    Class { name: "echo", only: &[], faults: ECHO },
    Class { name: "cursor", only: &["v2list", "projects", "kms-sub"], faults: CURSOR },
    Class { name: "body of a token", only: &["token"], faults: TOKEN },
    Class { name: "body of the time", only: &["time"], faults: CLOCK },
];

const CREDENTIAL: &[Fault] = &[
    json("400 INVALID_SIGNATURE", 400, r#"{"errorCode":"INVALID_SIGNATURE","message":"no"}"#),
    json("400 QUERY_TIME_OUT", 400, r#"{"errorCode":"QUERY_TIME_OUT","message":"no"}"#),
    json("401", 401, r#"{"class":"Client::Unauthorized","message":"no"}"#),
    json("401 empty", 401, ""),
    json("403 INVALID_KEY", 403, r#"{"errorCode":"INVALID_KEY","message":"no"}"#),
    json("403 NOT_CREDENTIAL", 403, r#"{"errorCode":"NOT_CREDENTIAL","message":"no"}"#),
    json("403 INVALID_CREDENTIAL", 403, r#"{"errorCode":"INVALID_CREDENTIAL","message":"no"}"#),
];

const RIGHT: &[Fault] = &[
    json("403 NOT_GRANTED_CALL", 403, r#"{"errorCode":"NOT_GRANTED_CALL","message":"no"}"#),
    json("403 FORBIDDEN", 403, r#"{"errorCode":"FORBIDDEN","message":"no"}"#),
    json(
        "403 IAM",
        403,
        r#"{"class":"Client::Forbidden","message":"no","details":{"unauthorizedActionsByIAM":"a:b/get"}}"#,
    ),
    html("403 HTML", 403),
    json("403 empty", 403, ""),
];

const CALL: &[Fault] = &[
    json("400 parameter", 400, r#"{"class":"Client::BadRequest","message":"Invalid parameter"}"#),
    json("404", 404, r#"{"message":"Got an invalid (or empty) URL"}"#),
    json("404 object", 404, r#"{"class":"Client::NotFound","message":"does not exist"}"#),
    json("409", 409, r#"{"class":"Client::Conflict","message":"conflict"}"#),
    json("460", 460, r#"{"class":"Client::ServiceExpired","message":"expired"}"#),
    json("471", 471, r#"{"message":"no"}"#),
];

const THROTTLED: &[Fault] = &[
    html("408 HTML", 408),
    waits("429", 429, ""),
    waits("429 Retry-After 1", 429, "retry-after: 1"),
    waits("429 Retry-After -5", 429, "retry-after: -5"),
    waits("429 Retry-After garbage", 429, "retry-after: soon"),
    waits("429 Retry-After twice", 429, "retry-after: 1\r\nretry-after: 2"),
    html("503 HTML", 503),
    json("503 maintenance", 503, r#"{"class":"Server::Maintenance","message":"maintenance"}"#),
];

const LONG: &[Fault] = &[
    waits("429 Retry-After 45", 429, "retry-after: 45"),
    waits("429 Retry-After 100000", 429, "retry-after: 100000"),
    waits("429 Retry-After 2099", 429, "retry-after: Wed, 21 Oct 2099 07:28:00 GMT"),
    waits("503 Retry-After 100000", 503, "retry-after: 100000"),
];

const SERVER: &[Fault] = &[
    json("500", 500, r#"{"class":"Server::InternalServerError","message":"Internal error"}"#),
    html("502 HTML", 502),
    html("504 HTML", 504),
    json("500 empty", 500, ""),
];

const CONNECTION: &[Fault] = &[
    fault("reset", Trouble::End { resets: true }),
    fault("closed", Trouble::End { resets: false }),
    fault("body cut by length", Trouble::Cut(Cut::Length)),
    fault("body cut by reset", Trouble::Cut(Cut::Reset)),
    fault("body cut by close", Trouble::Cut(Cut::Close)),
    fault("body cut in a chunk", Trouble::Cut(Cut::Chunk)),
    fault("no HTTP", Trouble::NotHttp),
];

const BYTES: &[Fault] = &[
    fault("half a document", Trouble::Spoilt(Spoilt::Half)),
    fault("trailing bytes", Trouble::Spoilt(Spoilt::Trail)),
    fault("invalid UTF-8", Trouble::Spoilt(Spoilt::Utf8)),
    fault("invalid gzip", Trouble::Gzip { is_bomb: false }),
];

const OTHER: &[Fault] = &[
    json("204", 204, ""),
    json("200 empty", 200, ""),
    html("200 HTML", 200),
    json("200 null", 200, "null"),
    json("200 string", 200, r#""maintenance""#),
    json("200 error object", 200, r#"{"class":"Server::Boom","message":"an error with 200"}"#),
    json("200 list of null", 200, "[null]"),
];

const SIZE: &[Fault] = &[
    fault("gzip bomb", Trouble::Gzip { is_bomb: true }),
    fault("large body", Trouble::Large { is_chunked: false }),
    fault("large chunked body", Trouble::Large { is_chunked: true }),
    fault("endless body", Trouble::Endless),
    fault("header of 1 MB", Trouble::Head(Head::Large)),
    fault("5,000 headers", Trouble::Head(Head::Many)),
];

const TIME: &[Fault] = &[
    fault("hang", Trouble::Slow(Slow::Hang)),
    fault("slow head", Trouble::Slow(Slow::Head)),
    fault("slow body", Trouble::Slow(Slow::Body)),
    fault("endless 1xx", Trouble::Head(Head::Informational)),
];

const REDIRECT: &[Fault] = &[
    fault("301", Trouble::Redirect(301, false)),
    fault("302", Trouble::Redirect(302, false)),
    fault("307", Trouble::Redirect(307, false)),
    fault("308", Trouble::Redirect(308, false)),
    fault("302 to itself", Trouble::Redirect(302, true)),
];

const ECHO: &[Fault] = &[
    fault("200 echo", Trouble::Echo(200, false)),
    fault("400 JSON echo", Trouble::Echo(400, true)),
    fault("401 echo", Trouble::Echo(401, false)),
    fault("403 echo", Trouble::Echo(403, false)),
    fault("403 JSON echo", Trouble::Echo(403, true)),
    fault("500 echo", Trouble::Echo(500, false)),
    fault("500 JSON echo", Trouble::Echo(500, true)),
];

const CURSOR: &[Fault] = &[
    fault("cursor to itself", Trouble::Cursor { is_new: false }),
    fault("cursor without end", Trouble::Cursor { is_new: true }),
];

const TOKEN: &[Fault] = &[
    json("expires_in null", 200, r#"{"access_token":null,"expires_in":3599}"#),
    json("empty token", 200, r#"{"access_token":"","expires_in":3599}"#),
    json(
        "token with a line end",
        200,
        r#"{"access_token":"MARKED-TOKEN\nX: y","expires_in":3599}"#,
    ),
    json("token as object", 200, r#"{"access_token":{"a":"MARKED-TOKEN"},"expires_in":3599}"#),
    json("expires_in 1e400", 200, r#"{"access_token":"MARKED-TOKEN","expires_in":1e400}"#),
    json("another member", 200, r#"{"accessToken":"MARKED-TOKEN"}"#),
    json(
        "error in a 200",
        200,
        r#"{"error":"invalid_client","error_description":"no such client"}"#,
    ),
    json("400 invalid_client", 400, r#"{"error":"invalid_client"}"#),
];

const CLOCK: &[Fault] = &[
    json("text", 200, r#""1795256426""#),
    json("1e10", 200, "1e10"),
    json("2^64", 200, "18446744073709551616"),
    json("fraction", 200, "1795256426.5"),
    json("object", 200, r#"{"time":1}"#),
];
