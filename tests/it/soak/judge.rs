//! Whether a series of measurements grows.

/// The growth of a measurement over the second half of a run: the slope of the line that fits best,
/// times the length of the half, in parts of its mean.
pub(super) fn growth(series: &[f64]) -> f64 {
    let half = series.get(series.len() / 2..).unwrap_or_default();
    let count = number(half.len());
    assert!(half.len() > 3, "too few measurements: {series:?}");
    let middle = (count - 1.0) / 2.0;
    let mean = half.iter().sum::<f64>() / count;
    let (mut above, mut below) = (0.0, 0.0);
    for (index, value) in half.iter().enumerate() {
        let distance = number(index) - middle;
        above += distance * (value - mean);
        below += distance * distance;
    }
    above / below * count / mean
}

/// The least of each three measurements in a row: a large answer at the moment of one is no growth.
pub(super) fn settled(series: &[f64]) -> Vec<f64> {
    series.windows(3).map(|three| three.iter().copied().fold(f64::INFINITY, f64::min)).collect()
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// A measurement with its noise: up to 4 % up and down, in a pattern that repeats.
fn noisy(value: impl Fn(f64) -> f64) -> Vec<f64> {
    let noise = |index: usize| number((index * 7919) % 9) / 100.0 - 0.04;
    (0..200).map(|index| value(number(index)) * (1.0 + noise(index))).collect()
}

#[test]
fn a_leak_grows_and_noise_does_not() {
    let flat = growth(&noisy(|_| 30e6));
    assert!(flat.abs() < super::MEMORY, "{flat}");
    // Warm up, then flat.
    let warm = growth(&noisy(|index| 30e6 + 10e6 * (index / 40.0).min(1.0)));
    assert!(warm.abs() < super::MEMORY, "{warm}");
    // One large answer near the end.
    let answer = growth(&settled(&noisy(|index| if index == 195.0 { 300e6 } else { 30e6 })));
    assert!(answer.abs() < super::MEMORY, "{answer}");
    // A leak of 0.2 % of the memory with each measurement.
    let leak = growth(&settled(&noisy(|index| 30e6 * (1.0 + index * 0.002))));
    assert!(leak > super::MEMORY, "{leak}");
    // A descriptor with every fortieth measurement.
    let slow = growth(&noisy(|index| 60.0 + (index / 10.0).floor()));
    assert!(slow > super::COUNTS, "{slow}");
}
