//! Style sheets, fonts, script and icon: embedded in the program, served under
//! names that hold a hash of their content, so that browsers may keep them for ever.

use std::collections::HashMap;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/web/assets");
/// Where assets are served.
const ROOT: &str = "/assets/";

/// The assets by name and by public address.
#[derive(Debug)]
pub struct Assets {
    /// Public address by file name, such as `/assets/schalter.1f3a….css`.
    addresses: HashMap<String, String>,
    /// Content by the last part of the address.
    served: HashMap<String, Asset>,
}

#[derive(Debug)]
struct Asset {
    media_type: &'static str,
    bytes: Vec<u8>,
}

impl Assets {
    /// Reads the embedded files. Style sheets come last, since the addresses of
    /// the fonts they name must be known.
    pub fn embedded() -> Assets {
        let mut assets = Assets {
            addresses: HashMap::new(),
            served: HashMap::new(),
        };
        let mut files: Vec<(String, &[u8])> = Vec::new();
        collect(&FILES, &mut files);
        files.sort_by_key(|(name, _)| (name.ends_with(".css"), name.clone()));
        for (name, bytes) in files {
            let Some(media_type) = media_type(&name) else {
                continue;
            };
            let bytes = if name.ends_with(".css") {
                assets.with_addresses(bytes)
            } else {
                bytes.to_vec()
            };
            assets.add(&name, media_type, bytes);
        }
        assets
    }

    /// The public address of an asset by its name below `src/web/assets`, such as `schalter.css`.
    pub fn address(&self, name: &str) -> Option<&str> {
        self.addresses.get(name).map(String::as_str)
    }

    /// All assets by the last part of their address.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.served
            .iter()
            .map(|(name, asset)| (name.as_str(), asset.bytes.as_slice()))
    }

    /// Answers a request for the last part of an address.
    pub fn serve(&self, name: &str) -> Response {
        let Some(asset) = self.served.get(name) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let headers = [
            (header::CONTENT_TYPE, asset.media_type),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (headers, asset.bytes.clone()).into_response()
    }

    fn add(&mut self, name: &str, media_type: &'static str, bytes: Vec<u8>) {
        let digest = Sha256::digest(&bytes);
        let hash: String = digest
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let file = name.rsplit('/').next().unwrap_or(name);
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        let served = format!("{stem}.{hash}.{extension}");
        self.addresses
            .insert(name.to_owned(), format!("{ROOT}{served}"));
        self.served.insert(served, Asset { media_type, bytes });
    }

    /// The style sheet with `url("vendor/…")` turned into public addresses.
    fn with_addresses(&self, bytes: &[u8]) -> Vec<u8> {
        let mut css = String::from_utf8_lossy(bytes).into_owned();
        for (name, address) in &self.addresses {
            css = css.replace(&format!("url(\"{name}\")"), &format!("url(\"{address}\")"));
        }
        css.into_bytes()
    }
}

/// The last part of the address of an asset request, for the route `/assets/{name}`.
pub type AssetName = Path<String>;

fn collect<'d>(dir: &'d Dir<'_>, files: &mut Vec<(String, &'d [u8])>) {
    for file in dir.files() {
        files.push((
            file.path().to_string_lossy().replace('\\', "/"),
            file.contents(),
        ));
    }
    for inner in dir.dirs() {
        collect(inner, files);
    }
}

/// The media type of what is served; licences and notes are not.
fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit('.').next()? {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_name_the_hashed_fonts() {
        let assets = Assets::embedded();
        let css = assets
            .address("schalter.css")
            .unwrap()
            .trim_start_matches(ROOT)
            .to_owned();
        let css = std::str::from_utf8(&assets.served[&css].bytes).unwrap();
        let font = assets
            .address("vendor/fira-sans/fira-sans-regular.woff2")
            .unwrap();
        assert!(css.contains(font));
        assert!(
            !css.contains("url(\"vendor/"),
            "a font named in the style sheet does not exist"
        );
    }

    #[test]
    fn the_own_assets_stay_small() {
        let assets = Assets::embedded();
        let size = |name: &str| {
            let served = assets.address(name).unwrap().trim_start_matches(ROOT);
            assets.served[served].bytes.len()
        };
        assert!(size("schalter.css") < 26_000, "{}", size("schalter.css"));
        assert!(size("schalter.js") < 12_000, "{}", size("schalter.js"));
    }

    #[test]
    fn nothing_in_the_assets_needs_a_foreign_host_or_inline_code() {
        for name in ["schalter.css", "schalter.js", "icon.svg"] {
            let text = FILES.get_file(name).unwrap().contents_utf8().unwrap();
            for forbidden in ["@import", "eval(", "new Function", "innerHTML", "//cdn"] {
                assert!(!text.contains(forbidden), "{name} contains {forbidden}");
            }
        }
    }
}
