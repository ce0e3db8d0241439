//! The metadata: an XMP packet and the information dictionary that says the same.

use engine::text::Language;
use lopdf::{Dictionary, Object, dictionary, text_string};

use crate::error::PaperError;
use crate::layout::Laid;

/// Name of the producing program.
const PRODUCER: &str = concat!("Schalter ", env!("CARGO_PKG_VERSION"));

/// One instant in both notations, in UTC.
pub(crate) struct Dates {
    /// `2026-03-01T12:00:00Z`.
    pub(crate) xmp: String,
    /// `D:20260301120000Z`.
    pub(crate) pdf: String,
}

impl Dates {
    /// The notations of `millis` since 1970.
    pub(crate) fn of(millis: i64) -> Result<Dates, PaperError> {
        let instant =
            jiff::Timestamp::from_millisecond(millis).map_err(|_| PaperError::Instant(millis))?;
        let at = instant.to_zoned_datetime(jiff::tz::TimeZone::UTC);
        if !(1..=9999).contains(&at.year()) {
            return Err(PaperError::Instant(millis));
        }
        Ok(Dates {
            xmp: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            pdf: at.strftime("D:%Y%m%d%H%M%SZ").to_string(),
        })
    }
}

/// The information dictionary.
pub(crate) fn info(laid: &Laid, dates: &Dates) -> Dictionary {
    dictionary! {
        "Title" => text_string(&laid.title),
        "Author" => text_string(&laid.author),
        "Creator" => text_string(PRODUCER),
        "Producer" => text_string(PRODUCER),
        "CreationDate" => Object::string_literal(dates.pdf.as_str()),
        "ModDate" => Object::string_literal(dates.pdf.as_str()),
    }
}

/// The XMP packet; it declares PDF/A-3a, PDF/UA-1 and, as PDF/A demands, the
/// schema of the latter.
pub(crate) fn packet(laid: &Laid, language: Language, dates: &Dates) -> String {
    let title = escaped(&laid.title);
    let author = escaped(&laid.author);
    let date = &dates.xmp;
    let tag = match language {
        Language::De => "de-DE",
        Language::En => "en-GB",
    };
    format!(
        r#"<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{tag}</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:MetadataDate>{date}</xmp:MetadataDate>
<xmp:CreatorTool>{PRODUCER}</xmp:CreatorTool>
<pdf:Producer>{PRODUCER}</pdf:Producer>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
{SCHEMA}
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"#,
        bom = '\u{FEFF}',
    )
}

const SCHEMA: &str = r#"<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"#;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree() {
        let dates = Dates::of(1_772_366_400_000).unwrap();
        assert_eq!(dates.xmp, "2026-03-01T12:00:00Z");
        assert_eq!(dates.pdf, "D:20260301120000Z");
        assert!(Dates::of(i64::MAX).is_err());
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escaped("<a & b>"), "&lt;a &amp; b&gt;");
    }
}
