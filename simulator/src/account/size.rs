//! How big a generated account is.

/// The number of objects of each resource in a generated account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Where the randomness starts: another seed is another account.
    pub seed: u64,
    /// Public Cloud projects.
    pub projects: usize,
    /// Instances in each project.
    pub instances: usize,
    /// IAM users of the account.
    pub users: usize,
    /// Credentials (consumer keys), the simulator's own included.
    pub credentials: usize,
    /// API applications, the simulator's own included.
    pub applications: usize,
    /// IAM policies, those that OVHcloud manages included.
    pub policies: usize,
    /// SSH keys in each project.
    pub ssh_keys: usize,
    /// Regions of each project, 20 at most.
    pub regions: usize,
    /// Key management services (KMS).
    pub kms: usize,
    /// S3 buckets in each project, spread over its regions with S3; none where it has none.
    pub buckets: usize,
    /// Swift containers in each project.
    pub containers: usize,
    /// Managed databases in each project.
    pub databases: usize,
    /// Managed Kubernetes clusters in each project.
    pub clusters: usize,
}

impl Size {
    /// An account without any object; the simulator's own credential and second factors are there.
    pub const EMPTY: Self = Self {
        seed: 1,
        projects: 0,
        instances: 0,
        users: 0,
        credentials: 0,
        applications: 0,
        policies: 0,
        ssh_keys: 0,
        regions: 0,
        kms: 0,
        buckets: 0,
        containers: 0,
        databases: 0,
        clusters: 0,
    };
}

impl Default for Size {
    /// An account of a small team.
    fn default() -> Self {
        Self {
            seed: 1,
            projects: 4,
            instances: 12,
            users: 25,
            credentials: 60,
            applications: 12,
            policies: 15,
            ssh_keys: 5,
            regions: 4,
            kms: 1,
            buckets: 3,
            containers: 2,
            databases: 2,
            clusters: 1,
        }
    }
}
