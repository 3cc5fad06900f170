//! The questions of auditors that OVHcloud's API can't answer.

/// A question without an answer, and the reason.
#[derive(Debug, Clone, Copy)]
pub struct NotEvaluable {
    /// The subject.
    pub subject: &'static str,
    /// The reason why no check judges it.
    pub reason: &'static str,
}

/// Everything that scanners of other clouds judge, and that no check here pretends to.
pub static NOT_EVALUABLE: &[NotEvaluable] = &[
    NotEvaluable {
        subject: "The second factor of a local user",
        reason: "No route reports it. `login_without_mfa` judges the logins of the audit log, and \
                 `account_mfa_missing` the factors of the owner",
    },
    NotEvaluable {
        subject: "The last use of a service account",
        reason: "No field reports it; `service_account_unused` judges its policies",
    },
    NotEvaluable { subject: "Failed logins", reason: "The audit log has the successful ones only" },
    NotEvaluable {
        subject: "Buckets that their own policy or ACL makes public",
        reason: "Only the S3 endpoint reports them, to S3 keys; the API does not",
    },
    NotEvaluable {
        subject: "The age and the last use of S3 keys",
        reason: "OVHcloud's schema has no date of them",
    },
    NotEvaluable {
        subject: "The person who validated a legacy API credential",
        reason: "No field reports it, so that its real rights, which are those of the person within \
                 its rules, are unknown",
    },
    NotEvaluable { subject: "The password policy", reason: "No route reports it" },
    NotEvaluable {
        subject: "The operating system of an instance: its disk, its patches, its users",
        reason: "It is outside the API",
    },
    NotEvaluable {
        subject: "The rights of a person of the identity provider",
        reason: "The groups come with each login; the rights of the groups are judged",
    },
    NotEvaluable {
        subject: "The backups of an instance",
        reason: "Snapshots of instances do not name theirs; the backups of its volumes are judged",
    },
    NotEvaluable {
        subject: "Whether a security group is attached to an instance",
        reason: "No route that is read reports it; open groups are judged wherever they are",
    },
];
