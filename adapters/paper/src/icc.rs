//! The colour profile of the output intent: sRGB as an ICC version 2 profile,
//! computed from the numbers of IEC 61966-2-1.

/// Entries of the tone curve; 1024 keep the error below one 16-bit step in the
/// linear part and far below visibility elsewhere.
const CURVE: u16 = 1024;
/// Colorants adapted to D50 (Bradford), as X, Y, Z.
const RED: [f64; 3] = [0.436_065_7, 0.222_488_4, 0.013_916_0];
const GREEN: [f64; 3] = [0.385_147_1, 0.716_873_2, 0.097_076_4];
const BLUE: [f64; 3] = [0.143_066_4, 0.060_607_9, 0.714_096_1];
/// The D50 white of the profile connection space.
const WHITE: [f64; 3] = [0.964_202_9, 1.0, 0.824_905_4];

/// An sRGB display profile of about 2.6 kB.
pub(crate) fn srgb() -> Vec<u8> {
    let tags: [(&[u8; 4], Vec<u8>); 7] = [
        (b"desc", description("sRGB")),
        (b"cprt", text("No copyright, use freely")),
        (b"wtpt", xyz(WHITE)),
        (b"rXYZ", xyz(RED)),
        (b"gXYZ", xyz(GREEN)),
        (b"bXYZ", xyz(BLUE)),
        (b"rTRC", curve()),
    ];
    // The three tone curves are the same bytes, listed three times.
    let listed = tags.len() + 2;
    let mut offset = 128 + 4 + 12 * listed;
    let mut table = Vec::new();
    let mut data = Vec::new();
    table.extend(u32::try_from(listed).unwrap_or(0).to_be_bytes());
    for (name, bytes) in &tags {
        let names: &[&[u8; 4]] = if *name == b"rTRC" {
            &[b"rTRC", b"gTRC", b"bTRC"]
        } else {
            &[name]
        };
        for name in names {
            table.extend(name.iter());
            table.extend(u32::try_from(offset).unwrap_or(0).to_be_bytes());
            table.extend(u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
        }
        data.extend(bytes);
        while data.len() % 4 != 0 {
            data.push(0);
        }
        offset = 128 + 4 + 12 * listed + data.len();
    }
    let mut profile = header(128 + table.len() + data.len());
    profile.extend(table);
    profile.extend(data);
    profile
}

fn header(size: usize) -> Vec<u8> {
    let mut header = vec![0; 128];
    header[..4].copy_from_slice(&u32::try_from(size).unwrap_or(0).to_be_bytes());
    header[8..12].copy_from_slice(&[2, 0x10, 0, 0]);
    header[12..24].copy_from_slice(b"mntrRGB XYZ ");
    // A fixed date, 2026-01-01: the same profile in every build.
    header[24..36].copy_from_slice(&[0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    header[36..40].copy_from_slice(b"acsp");
    header[68..80].copy_from_slice(&xyz(WHITE)[8..]);
    header
}

fn xyz(values: [f64; 3]) -> Vec<u8> {
    let mut bytes = b"XYZ \0\0\0\0".to_vec();
    for value in values {
        bytes.extend(((value * 65536.0).round() as i32).to_be_bytes());
    }
    bytes
}

fn curve() -> Vec<u8> {
    let mut bytes = b"curv\0\0\0\0".to_vec();
    bytes.extend(u32::from(CURVE).to_be_bytes());
    for at in 0..CURVE {
        let encoded = f64::from(at) / f64::from(CURVE - 1);
        let linear = if encoded <= 0.04045 {
            encoded / 12.92
        } else {
            ((encoded + 0.055) / 1.055).powf(2.4)
        };
        bytes.extend(((linear * 65535.0).round() as u16).to_be_bytes());
    }
    bytes
}

fn text(content: &str) -> Vec<u8> {
    let mut bytes = b"text\0\0\0\0".to_vec();
    bytes.extend(content.bytes());
    bytes.push(0);
    bytes
}

fn description(content: &str) -> Vec<u8> {
    let mut bytes = b"desc\0\0\0\0".to_vec();
    bytes.extend(u32::try_from(content.len() + 1).unwrap_or(0).to_be_bytes());
    bytes.extend(content.bytes());
    bytes.push(0);
    // No Unicode and no Macintosh description.
    bytes.extend([0; 4 + 4 + 2 + 1 + 67]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_version_2_rgb_profile() {
        let profile = srgb();
        assert_eq!(
            profile.len(),
            u32::from_be_bytes(profile[..4].try_into().unwrap()) as usize
        );
        assert_eq!(&profile[12..24], b"mntrRGB XYZ ");
        assert_eq!(profile[8], 2);
    }

    #[test]
    fn colorants_add_up_to_white() {
        for axis in 0..3 {
            assert!((RED[axis] + GREEN[axis] + BLUE[axis] - WHITE[axis]).abs() < 1e-3);
        }
    }
}
