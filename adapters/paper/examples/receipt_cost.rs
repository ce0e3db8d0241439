//! What a receipt costs: `cargo run -p paper --release --example receipt_cost`
//!
//! Prints and seals the sample receipt a thousand times on one thread and
//! tells the processor time of that thread for each (Linux), the size, and the
//! time of one check.

use std::time::Instant;

use paper::{Press, Sealing, SealingKey, check_receipt};

#[path = "../tests/sample/mod.rs"]
mod sample;

const TIMES: u32 = 1000;

#[expect(
    clippy::print_stdout,
    reason = "the figures are what this example is for"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (press, start) = timed(Press::new);
    let press = press?;
    let key = SealingKey::from_bytes(&[7; 32]);
    let sealing = Sealing {
        key: &key,
        reference: "MS-2026-7K3F9-QXMA4",
        received_at: 1_772_366_400_000,
    };
    let document = sample::receipt();
    let size = press.print_receipt(&document, &sealing)?.pdf.len();
    let (printed, plain) = timed(|| (0..TIMES).try_for_each(|_| press.print(&document).map(drop)));
    printed?;
    let (printed, sealed) =
        timed(|| (0..TIMES).try_for_each(|_| press.print_receipt(&document, &sealing).map(drop)));
    printed?;
    let pdf = press.print_receipt(&document, &sealing)?.pdf;
    let keys = [key.public_key()];
    let (_, check) = timed(|| (0..TIMES / 10).for_each(|_| drop(check_receipt(&pdf, &keys))));
    let letter = press.print(&sample::letter())?.len();
    println!("start          {start:8.2} ms once");
    println!("receipt        {:8.2} ms", plain / f64::from(TIMES));
    println!(
        "sealed receipt {:8.2} ms, {size} bytes",
        sealed / f64::from(TIMES)
    );
    println!("check          {:8.2} ms", check / f64::from(TIMES / 10));
    println!("letter         {letter} bytes");
    Ok(())
}

/// What `work` gives, and its milliseconds of processor time.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let (clock, before) = (Instant::now(), processor());
    let done = work();
    let elapsed = clock.elapsed().as_secs_f64() * 1000.0;
    let used = before
        .zip(processor())
        .map(|(before, after)| (after - before) / 1e6);
    (done, used.unwrap_or(elapsed))
}

/// Nanoseconds this thread ran; `None` where the system does not tell.
fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
