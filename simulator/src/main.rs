//! Serves a simulated OVHcloud account until it receives a signal.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use jiff::Timestamp;
use ovhcloud_simulator::{Account, Auth, Listing, Options, Simulator, Size};
use tokio::signal::unix::{SignalKind, signal};

/// Serves a simulated OVHcloud account and prints the variables that a client needs.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where the account's randomness starts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Public Cloud projects.
    #[arg(long, default_value_t = 20)]
    projects: usize,
    /// Instances in each project.
    #[arg(long, default_value_t = 25)]
    instances: usize,
    /// IAM users.
    #[arg(long, default_value_t = 50)]
    users: usize,
    /// Credentials (consumer keys).
    #[arg(long, default_value_t = 200)]
    credentials: usize,
    /// API applications.
    #[arg(long, default_value_t = 20)]
    applications: usize,
    /// IAM policies.
    #[arg(long, default_value_t = 15)]
    policies: usize,
    /// SSH keys in each project.
    #[arg(long, default_value_t = 5)]
    ssh_keys: usize,
    /// Regions of each project.
    #[arg(long, default_value_t = 4)]
    regions: usize,
    /// Key management services (KMS).
    #[arg(long, default_value_t = 1)]
    kms: usize,
    /// S3 buckets in each project, spread over its regions with S3.
    #[arg(long, default_value_t = 3)]
    buckets: usize,
    /// Swift containers in each project.
    #[arg(long, default_value_t = 2)]
    containers: usize,
    /// Managed databases in each project.
    #[arg(long, default_value_t = 2)]
    databases: usize,
    /// Managed Kubernetes clusters in each project.
    #[arg(long, default_value_t = 1)]
    clusters: usize,
    /// Serve the small reference account instead of a generated one.
    #[arg(long)]
    reference: bool,
    /// How long each answer takes.
    #[arg(long, default_value = "0s", value_parser = humantime::parse_duration)]
    latency: Duration,
    /// The identity whose variables are printed.
    #[arg(long, value_enum, default_value_t = Identity::Oauth2)]
    auth: Identity,
    /// Which helpers for v1 lists work: both, batch alone, or none.
    #[arg(long, value_enum, default_value_t = Helpers::Expanded)]
    listing: Helpers,
    /// How long an issued token is good.
    #[arg(long, default_value = "1h", value_parser = humantime::parse_duration)]
    token_lifetime: Duration,
    /// Items of a page of a v2 list, by default and at most.
    #[arg(long, default_value_t = 100)]
    page_size: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Identity {
    Oauth2,
    ApplicationKey,
    Token,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Helpers {
    Expanded,
    Batch,
    Plain,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the program says why it cannot run")]
            {
                eprintln!("ovhcloud-simulator: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> io::Result<()> {
    // Before anything is printed: who reads the variables may end the program at once.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let simulator = Simulator::start(arguments.options()).await?;
    let auth = match arguments.auth {
        Identity::Oauth2 => Auth::OAuth2,
        Identity::ApplicationKey => Auth::ApplicationKey,
        Identity::Token => Auth::Token,
    };
    let mut output = io::stdout();
    for (name, value) in simulator.environment(auth) {
        writeln!(output, "{name}={value}")?;
    }
    output.flush()?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

impl Arguments {
    fn options(&self) -> Options {
        #[expect(clippy::disallowed_methods, reason = "the account's dates are relative to now")]
        let now = Timestamp::now();
        let size = Size {
            seed: self.seed,
            projects: self.projects,
            instances: self.instances,
            users: self.users,
            credentials: self.credentials,
            applications: self.applications,
            policies: self.policies,
            ssh_keys: self.ssh_keys,
            regions: self.regions,
            kms: self.kms,
            buckets: self.buckets,
            containers: self.containers,
            databases: self.databases,
            clusters: self.clusters,
        };
        let account =
            if self.reference { Account::reference(now) } else { Account::generate(size, now) };
        let listing = match self.listing {
            Helpers::Expanded => Listing::ALL,
            Helpers::Batch => Listing { expanded: false, batch: true },
            Helpers::Plain => Listing::PLAIN,
        };
        Options {
            listen: self.listen,
            latency: self.latency,
            listing,
            page_size: self.page_size,
            token_lifetime: self.token_lifetime,
            ..Options::new(account)
        }
    }
}
