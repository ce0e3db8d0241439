//! Prints the sample documents into a folder, to look at them:
//! `cargo run -p paper --example print_samples -- FOLDER`

use std::path::PathBuf;

#[path = "../tests/sample/mod.rs"]
mod sample;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    let press = paper::Press::new()?;
    let key = paper::SealingKey::from_bytes(&[7; 32]);
    let sealing = paper::Sealing {
        key: &key,
        reference: "MS-2026-7K3F9-QXMA4",
        received_at: 1_772_366_400_000,
    };
    std::fs::write(
        folder.join("receipt.pdf"),
        press.print_receipt(&sample::receipt(), &sealing)?.pdf,
    )?;
    std::fs::write(folder.join("letter.pdf"), press.print(&sample::letter())?)?;
    Ok(())
}
