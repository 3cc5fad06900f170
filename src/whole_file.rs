//! Replaces a file atomically: a reader finds the old content or the new, and a killed writer leaves
//! the old.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process;

use rustix::process::geteuid;

/// Writes `pieces` one after the other to a new file beside `path`, with these permissions, and
/// gives it that name when it is safe on disk. If `path` is a link, its target is replaced.
///
/// # Errors
///
/// The directory is missing or may not be written to, the disk is full, or `path` is no file.
/// The previous file is unchanged.
pub fn replace(path: &Path, mode: u32, pieces: &[&[u8]]) -> io::Result<()> {
    let path = &target(path)?;
    let mut name = beside(path);
    name.push(process::id().to_string());
    // In the same directory, since only there a new name is given at once.
    let beside = path.with_file_name(name);
    let result = write(&beside, mode, pieces).and_then(|()| fs::rename(&beside, path));
    if result.is_err() {
        // The first error is returned; a failed removal adds nothing to it.
        fs::remove_file(&beside).ok();
        return result;
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Removes the leftovers of killed writers beside `path`. Only for a file with a single writer.
pub fn remove_leftovers(path: &Path) {
    let Ok(path) = target(path) else { return };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let beside = beside(&path);
    // Leftovers that cannot be listed or removed do no harm.
    let entries = fs::read_dir(directory.unwrap_or_else(|| Path::new("."))).into_iter().flatten();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let rest = name.as_encoded_bytes().strip_prefix(beside.as_encoded_bytes());
        if rest.is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_digit)) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// The prefix of the names of unfinished files; the number of a process follows.
fn beside(path: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name
}

/// The permissions of a file that exists.
pub fn permissions(path: &Path) -> Option<u32> {
    let found = fs::metadata(path).ok().filter(Metadata::is_file)?;
    Some(found.permissions().mode() & 0o777)
}

/// The file to replace. Devices and pipes are rejected: a user who may rename files in `/dev` would
/// otherwise replace `/dev/stdout`. A link is followed only if it belongs to this user or to root:
/// others could lead the write to any file.
fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => followed(path),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file")),
        // There is no file yet, or the write returns the error.
        Err(_) => Ok(path.to_owned()),
    }
}

fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // The system has followed them: their number is small.
    loop {
        let found = fs::symlink_metadata(&path)?;
        if !found.is_symlink() {
            return Ok(path);
        }
        if ![0, geteuid().as_raw()].contains(&found.uid()) {
            let problem = "it is a symbolic link of another user, which is not followed";
            return Err(io::Error::new(ErrorKind::PermissionDenied, problem));
        }
        let to = fs::read_link(&path)?;
        path = path.parent().map_or_else(|| to.clone(), |directory| directory.join(&to));
    }
}

fn write(path: &Path, mode: u32, pieces: &[&[u8]]) -> io::Result<()> {
    let mut options = File::options();
    // A new file, not one of another process.
    options.write(true).create_new(true).mode(mode);
    let mut file = match options.open(path) {
        // A process of the same number was killed here.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            options.open(path)?
        }
        result => result?,
    };
    for piece in pieces {
        file.write_all(piece)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::fs::{FileTypeExt as _, lchown, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_permissions_and_nothing_stays_beside_it() {
        let directory = env::temp_dir().join(format!("whole-file-{}", process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("x");
        fs::write(&path, "old").unwrap();
        replace(&path, 0o600, &[b"ne", b"w"]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        assert!(replace(&directory.join("missing/x"), 0o600, &[]).is_err());
        // A directory can't be replaced; what was there stands.
        fs::create_dir(directory.join("d")).unwrap();
        assert!(replace(&directory.join("d"), 0o600, &[b"x"]).is_err());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_link_stays_and_what_is_no_file_is_left_alone() {
        let directory = env::temp_dir().join(format!("whole-file-link-{}", process::id()));
        fs::create_dir_all(directory.join("elsewhere")).unwrap();
        let (file, link) = (directory.join("elsewhere/x"), directory.join("link"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, 0o600, &[b"new"]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        for (name, stays) in [(".x.123", false), (".x.12a", true), (".xy.1", true), (".x.", true)] {
            let leftover = directory.join("elsewhere").join(name);
            fs::write(&leftover, "half").unwrap();
            remove_leftovers(&link);
            assert_eq!(leftover.exists(), stays, "{name}");
        }
        // Only root can give a link to another user.
        if geteuid().is_root() {
            lchown(&link, Some(65_534), None).unwrap();
            let refused = replace(&link, 0o600, &[b"newer"]).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
            assert_eq!(fs::read(&file).unwrap(), b"new");
        }
        let socket = directory.join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(replace(&socket, 0o600, &[b"new"]).is_err());
        assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
        fs::remove_dir_all(directory).unwrap();
    }
}
