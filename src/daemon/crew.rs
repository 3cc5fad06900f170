//! The watchers that run.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::account::{Post, Watcher};
use super::publisher::Publisher;

/// How long a watcher that is replaced may take to end: it ends where it next waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// The watchers that run. They end with it.
#[derive(Debug, Default)]
pub(super) struct Crew {
    tasks: JoinSet<()>,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    post: Post,
    task: AbortHandle,
}

impl Crew {
    /// The posts that are filled.
    pub(super) fn posts(&self) -> Vec<Post> {
        self.members.iter().map(|member| member.post.clone()).collect()
    }

    /// Ends the watchers whose posts `stays` does not confirm. Their refreshes are cancelled, since
    /// they only read; waiting for their end keeps their reports out of other accounts.
    pub(super) async fn reduce(&mut self, stays: impl Fn(&Post) -> bool) {
        let (staying, leaving) =
            self.members.drain(..).partition::<Vec<_>, _>(|member| stays(&member.post));
        self.members = staying;
        for member in &leaving {
            member.task.abort();
        }
        let ended = async {
            while leaving.iter().any(|member| !member.task.is_finished()) {
                self.tasks.join_next().await;
            }
        };
        if timeout(PATIENCE, ended).await.is_err() {
            tracing::warn!("a watcher of the previous configuration does not respond");
        }
    }

    /// Starts a watcher.
    pub(super) fn start(&mut self, watcher: Watcher, publisher: &Arc<Publisher>) {
        let post = watcher.post().clone();
        let task = self.tasks.spawn(watcher.run(Arc::clone(publisher)));
        self.members.push(Member { post, task });
    }

    /// Ends all.
    pub(super) async fn end(&mut self) {
        self.members.clear();
        self.tasks.shutdown().await;
    }
}
