//! The `process_*` metrics that every Prometheus client library has, read at the scrape.
//!
//! They come from `/proc`; where there is none, there are no samples.

use std::fmt::Error;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::extent::Extent;

#[derive(Debug)]
pub(super) struct Process(pub(super) Extent);

impl Collector for Process {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        #[cfg(target_os = "linux")]
        return linux::encode(encoder, self.0);
        #[cfg(not(target_os = "linux"))]
        {
            drop(encoder);
            Ok(())
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt::Error;

    use procfs::process::{LimitValue, Process};
    use procfs::{ProcResult, boot_time_secs, page_size, ticks_per_second};
    use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
    use prometheus_client::metrics::counter::ConstCounter;
    use prometheus_client::metrics::gauge::ConstGauge;

    use crate::telemetry::extent::Extent;

    const START: &str = "process_start_time_seconds";

    pub(super) fn encode(mut encoder: DescriptorEncoder<'_>, extent: Extent) -> Result<(), Error> {
        let Ok(values) = read() else { return Ok(()) };
        let is_whole = extent == Extent::Whole;
        for (name, help, value) in values.gauges {
            let Some(value) = value.filter(|_| is_whole || name == START) else { continue };
            let gauge = ConstGauge::new(value);
            let gauge_encoder = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(gauge_encoder)?;
        }
        if !is_whole {
            return Ok(());
        }
        let cpu = ConstCounter::new(values.cpu_seconds);
        let help = "User and system CPU time spent in seconds.";
        let cpu_encoder =
            encoder.encode_descriptor("process_cpu_seconds", help, None, cpu.metric_type())?;
        cpu.encode(cpu_encoder)
    }

    struct Values {
        cpu_seconds: f64,
        gauges: [(&'static str, &'static str, Option<f64>); 6],
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes and times of a process fit 52 bits")]
    fn read() -> ProcResult<Values> {
        let process = Process::myself()?;
        let stat = process.stat()?;
        let ticks = ticks_per_second() as f64;
        // Hidden where only the process's own part of `/proc` is to be seen.
        let boot = boot_time_secs().ok();
        let started = boot.map(|boot| boot as f64 + stat.starttime as f64 / ticks);
        let max_fds = match process.limits()?.max_open_files.soft_limit {
            LimitValue::Value(value) => Some(value as f64),
            LimitValue::Unlimited => None,
        };
        let resident = (stat.rss * page_size()) as f64;
        Ok(Values {
            cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
            gauges: [
                ("process_resident_memory_bytes", "Resident memory size in bytes.", Some(resident)),
                (
                    "process_virtual_memory_bytes",
                    "Virtual memory size in bytes.",
                    Some(stat.vsize as f64),
                ),
                (
                    "process_open_fds",
                    "Number of open file descriptors.",
                    process.fd_count().ok().map(|n| n as f64),
                ),
                ("process_max_fds", "Maximum number of open file descriptors.", max_fds),
                ("process_threads", "Number of threads.", Some(stat.num_threads as f64)),
                (START, "Start time of the process since unix epoch in seconds.", started),
            ],
        })
    }
}
