//! What the process tells of its work: a log on standard error, and traces to a collector.
//!
//! Spans are made where the work is (`request` by the server, `job` by the workers, `call` by the guarded client,
//! `statement` by the store, `keep lines` by the intake) and name what is done, never its values. They leave by OTLP
//! over HTTP (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>), and only where a collector was named.

mod collector;

use std::time::Duration;

use anyhow::{Context, anyhow};
use claviger_dial::{Guard, reqwest::Url};
use claviger_service::chain;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{ParentBasedSampler, Sampler, SdkTracerProvider};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use collector::Collector;

/// What this process is called in traces.
const NAME: &str = "claviger";

/// How long the last spans may take on their way when the process ends.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Where traces go.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Traces {
    /// The collector's address for spans.
    pub(crate) endpoint: Url,
    /// The share of traces that are told, 0 to 1.
    pub(crate) share: f64,
}

/// The log and the traces under way.
#[derive(Debug)]
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// Begins the log, and the traces where a collector was named. `RUST_LOG` says how much the log tells.
    ///
    /// # Errors
    /// The collector's address is refused.
    pub(crate) fn begin(traces: Option<&Traces>, guard: &Guard) -> anyhow::Result<Self> {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
        let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
        let provider = traces.map(|traces| provider(traces, guard)).transpose()?;
        let told = provider.as_ref().map(|provider| {
            let own = Targets::new().with_target(NAME, LevelFilter::INFO);
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer(NAME))
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_filter(own)
        });
        let all = tracing_subscriber::registry().with(log.with_filter(filter)).with(told);
        // A log that was begun already goes on.
        drop(all.try_init());
        Ok(Self(provider))
    }

    /// Sends what has not left yet.
    pub(crate) async fn end(self) {
        let Some(provider) = self.0 else { return };
        // It waits for its own thread, which waits for this runtime.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST_WORDS));
        if let Ok(Err(error)) = ended.await {
            tracing::warn!(%error, "the last traces did not leave");
        }
    }
}

fn provider(traces: &Traces, guard: &Guard) -> anyhow::Result<SdkTracerProvider> {
    guard.check_url(&traces.endpoint).map_err(|error| {
        anyhow!("`traces_endpoint` is refused: {}\nhint: {}", chain(&error), error.hint())
    })?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(traces.endpoint.as_str())
        .with_http_client(Collector::new(guard.clone()))
        .build()
        .context("cannot tell traces")?;
    let share = Sampler::TraceIdRatioBased(traces.share);
    // Whoever calls may name the trace that a request is part of, not that it is told.
    let sampler = ParentBasedSampler::new(share.clone())
        .with_remote_parent_sampled(share.clone())
        .with_remote_parent_not_sampled(share);
    let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_service_name(NAME).with_attribute(version).build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler)
        .with_resource(resource)
        .build())
}
