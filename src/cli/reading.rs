//! One refresh of each account, for commands that read once and end.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::sleep;

use crate::api::error::chain;
use crate::checks::Memory;
use crate::collectors::exporter_credential::ExporterCredential;
use crate::collectors::{Collect as _, Inventory, Memo, Progress, State};
use crate::config::Config;
use crate::config::account::Account;
use crate::daemon::{saved, system_clock};
use crate::inventory::Reading;
use crate::report::{AccountView, Plan, Report, Walk, name, refresh};

use super::survey::client;

/// The time between two drawings of the bar.
const BLINK: Duration = Duration::from_millis(100);

/// Reads all accounts, side by side, with a progress bar on a terminal.
///
/// # Errors
///
/// HTTPS can't be set up on this machine. The reports hold OVHcloud's refusals.
pub(super) async fn read(config: &Config) -> anyhow::Result<Vec<(AccountView, Report)>> {
    let plan = Plan::of(config);
    let sights = config.state_file.as_deref().map(first_sights).unwrap_or_default();
    let progress: Vec<_> = config.accounts.iter().map(|_| Progress::default()).collect();
    let bar = bar();
    let accounts = config.accounts.iter().zip(&progress);
    let one = |(account, progress)| one(account, &plan, &sights, progress);
    let reports = try_join_all(accounts.map(one));
    tokio::pin!(reports);
    let reports = loop {
        tokio::select! {
            reports = &mut reports => break reports?,
            () = sleep(BLINK) => draw(&bar, &progress),
        }
    };
    bar.finish_and_clear();
    let interval = config.refresh.interval;
    let views = config.accounts.iter().map(|account| AccountView::new(account, interval));
    let named =
        views.zip(reports).map(|(view, (name, report))| (AccountView { name, ..view }, report));
    Ok(named.collect())
}

/// The first sights of findings in the state file, by account: a finding is older than a command
/// that reads once. The file may be from a running exporter, or not be there yet.
fn first_sights(path: &Path) -> BTreeMap<String, Memory> {
    let saved = match saved(path) {
        _ if !path.exists() => Vec::new(),
        Ok(saved) => saved,
        Err(error) => {
            let error = chain(error.as_ref());
            tracing::warn!(error, "findings without a date of their own begin with this refresh");
            Vec::new()
        }
    };
    saved.into_iter().map(|one| (one.account, one.report.memory)).collect()
}

/// The account's name and its report.
async fn one(
    account: &Account,
    plan: &Plan,
    sights: &BTreeMap<String, Memory>,
    progress: &Progress,
) -> anyhow::Result<(String, Report)> {
    let client = client(account).with_context(|| format!("account `{}`", account.name))?;
    let name =
        if account.is_named { account.name.clone() } else { name(account, &client, None).await };
    let session = client.session(plan.time());
    let (known, none) = (&Inventory::default(), Memory::default());
    let memory = sights.get(&name).unwrap_or(&none);
    let (memo, began) = (&Memo::default(), system_clock());
    let walk = Walk { began, known, memory, memo, comparison: None, progress };
    Ok((name, refresh(account, &session, plan, walk).await))
}

/// Nothing is drawn where standard error is no terminal.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{spinner} [{wide_bar}] {pos} of {len} lists, {msg}, about {eta} left",
    );
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    // The template is a constant; a bar in the default style shows the same.
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn draw(bar: &ProgressBar, progress: &[Progress]) {
    let sum = |count: fn(&Progress) -> usize| progress.iter().map(count).sum::<usize>();
    bar.set_length(sum(Progress::planned) as u64);
    bar.set_position(sum(Progress::read) as u64);
    let (calls, found) = (progress.iter().map(Progress::calls).sum::<u64>(), sum(Progress::found));
    bar.set_message(format!("{calls} calls, {found} found"));
}

/// The first gap of an account without any data; `None` where there is data. A credential's answer
/// about itself is no data of the account: it needs no right for that.
pub(super) fn refusal(report: &Report) -> Option<String> {
    let states = report.inventory.states();
    // Data out of service or not offered was not read either.
    let is_whole = |reading: &Reading| reading.gaps.is_empty();
    let is_known =
        |state: &State<'_>| !state.scopes.is_empty() || state.reading.is_some_and(is_whole);
    let of_account = states.iter().filter(|state| state.name != ExporterCredential::NAME);
    if of_account.into_iter().any(is_known) {
        return None;
    }
    let mut gaps = states.iter().filter_map(|state| state.reading).flat_map(|one| &one.gaps);
    gaps.next().map(|gap| gap.detail.clone())
}
