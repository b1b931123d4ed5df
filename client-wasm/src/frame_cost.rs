//! What a frame costs the processor (`?sprites=N`): the time to build and to hand over a frame with N sprites, as JSON in
//! `document.body.dataset.cost`. The GPU's time is not in it: the browser draws later.

use crate::page::Page;

/// Frames that are looked at together.
const FRAMES: usize = 60;

/// Times of the last frames, milliseconds.
#[derive(Debug, Default)]
pub(crate) struct FrameCost {
    build_ms: Vec<f64>,
    upload_ms: Vec<f64>,
}

impl FrameCost {
    /// Takes a frame's times in; writes when there are enough.
    pub(crate) fn take(
        &mut self,
        page: &Page,
        build_ms: f64,
        upload_ms: f64,
        vertices: usize,
        left_out: usize,
    ) {
        self.build_ms.push(build_ms);
        self.upload_ms.push(upload_ms);
        if self.build_ms.len() < FRAMES {
            return;
        }
        let [build, upload] = [&mut self.build_ms, &mut self.upload_ms].map(|times| summary(times));
        page.mark(
            "cost",
            &format!(
                "{{\"build_ms\":{build},\"upload_ms\":{upload},\"vertices\":{vertices},\"left_out\":{left_out}}}"
            ),
        );
        self.build_ms.clear();
        self.upload_ms.clear();
    }
}

/// Mean, median and 95th percentile.
fn summary(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0);
    let mean = times.iter().sum::<f64>() / times.len().max(1) as f64;
    format!("{{\"mean\":{mean:.3},\"p50\":{:.3},\"p95\":{:.3}}}", at(0.5), at(0.95))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_json_with_three_figures() {
        let mut times: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(summary(&mut times), "{\"mean\":50.000,\"p50\":50.000,\"p95\":95.000}");
    }
}
