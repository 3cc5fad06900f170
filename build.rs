//! Sets the revision and the branch of the build: from the environment, or else from git.

use std::env::var_os;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (name, arguments) in [
        ("OVHCLOUD_EXPORTER_REVISION", &["rev-parse", "HEAD"][..]),
        ("OVHCLOUD_EXPORTER_BRANCH", &["rev-parse", "--abbrev-ref", "HEAD"]),
    ] {
        println!("cargo::rerun-if-env-changed={name}");
        let given = var_os(name).and_then(|value| value.into_string().ok());
        if let Some(value) = given.filter(|value| !value.is_empty()).or_else(|| git(arguments)) {
            println!("cargo::rustc-env={name}={value}");
        }
    }
    // HEAD changes with the branch, its log with each commit.
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file])
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// The output of git; nothing without git or without a repository of this directory.
fn git(arguments: &[&str]) -> Option<String> {
    // Sources inside of another repository have none of its revisions. A worktree has a file.
    if !Path::new(".git").exists() {
        return None;
    }
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
