//! The few files that pages refer to, compiled in, each under a name that changes with its content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

struct Asset {
    name: String,
    kind: &'static str,
    body: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, body: &'static str) -> Self {
        let hash = blake3::hash(body.as_bytes()).to_hex();
        Self { name: format!("{stem}-{}.{extension}", hash.as_str().get(..12).unwrap_or_default()), kind, body }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let body = concat!(
        include_str!("../assets/tokens.css"),
        include_str!("../assets/frame.css"),
        include_str!("../assets/parts.css"),
        include_str!("../assets/pages.css"),
        include_str!("../assets/narrow.css")
    );
    Asset::new("console", "css", "text/css; charset=utf-8", body)
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let body = concat!(include_str!("../assets/live.js"), include_str!("../assets/keys.js"));
    Asset::new("console", "js", "text/javascript; charset=utf-8", body)
});
static THEME: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("theme", "js", "text/javascript; charset=utf-8", include_str!("../assets/theme.js")));
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

/// The addresses, for the templates.
pub(crate) struct Addresses {
    /// The style sheet.
    pub(crate) style: &'static str,
    /// The script that a page can do without.
    pub(crate) script: &'static str,
    /// The script that sets the theme before anything is painted.
    pub(crate) theme: &'static str,
    /// The icon.
    pub(crate) icon: &'static str,
}

impl Addresses {
    /// The addresses of this build.
    pub(crate) fn new() -> Self {
        Self { style: &STYLE.name, script: &SCRIPT.name, theme: &THEME.name, icon: &ICON.name }
    }
}

/// `GET /assets/{name}`: kept for a year, because another content has another name.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let all: [&'static LazyLock<Asset>; 4] = [&STYLE, &SCRIPT, &THEME, &ICON];
    match all.into_iter().find(|asset| asset.name == name) {
        Some(asset) => {
            ([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], asset.body)
                .into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
