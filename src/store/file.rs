//! The file as its one writer holds it: locked, brought to the present form, set aside where it is damaged.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::Access;

use super::{StoreError, place, schema};
use crate::domain::span::Instant;

/// The write-ahead log is cut back to this size (4 MiB).
const LARGEST_LOG: i64 = 4 << 20;

/// How often a lock is tried that somebody may only have looked at, and how far apart.
const LOOKS: u32 = 3;
const A_MOMENT: Duration = Duration::from_millis(2);

/// A file that this process may write.
#[derive(Debug)]
pub struct Owned {
    pub db: Connection,
    /// What is unusual about it.
    pub remark: Option<String>,
    /// Given up after the file is closed.
    _lock: Lock,
}

/// A lock that is held. It is given up by name: a process that this one is just starting has the same open file for a
/// moment, so that closing ours would not be enough.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Where that fails, it goes with the process.
        let _ = self.0.unlock();
    }
}

/// What came of trying to own a file.
#[derive(Debug)]
pub enum Claim {
    /// It is this process's.
    Owned(Box<Owned>),
    /// Another process writes it, as it says of itself.
    Taken(String),
}

/// Tries to become the one that writes a file; makes it where there is none.
///
/// # Errors
/// It can't be opened, is damaged, or a newer program's.
pub fn claim(place: &Path, who: &str) -> Result<Claim, StoreError> {
    let io = |error| StoreError::Io { place: place.to_owned(), error };
    let folder = place.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    // Whatever is made here is the user's own, unless somebody made the folder otherwise.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    if is_foreign(place) {
        return Err(StoreError::Foreign(place.to_owned()));
    }
    let shared = shared_mode(folder);
    let name = beside(place, "lock");
    let lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600 | shared).open(&name);
    let mut lock = match lock {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && is_claimed(place) => {
            return Ok(Claim::Taken(fs::read_to_string(&name).unwrap_or_default().trim().to_owned()));
        }
        lock => lock.map_err(|error| denied(place, error))?,
    };
    match take(&lock) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Who it is only helps to find it.
            let _ = lock.read_to_string(&mut holder);
            return Ok(Claim::Taken(holder.trim().to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    share(place, shared);
    let _ = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| write!(lock, "{who}"));
    let network = place::network(folder).map_err(io)?;
    let db = open(place, network.is_some(), shared)?;
    let remark = network.map(|name| {
        format!("history stands on a network file system ({name}): it is written without a write-ahead log, which is slower; --history FILE on a local disk is better")
    });
    Ok(Claim::Owned(Box::new(Owned { db, remark, _lock: Lock(lock) })))
}

/// Takes the lock of a file. Somebody who only looks whether it is taken has it for a moment.
fn take(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS {
        if lock.try_lock().is_ok() {
            return Ok(());
        }
        std::thread::sleep(A_MOMENT);
    }
    lock.try_lock()
}

/// Whether a process writes a file. Where that can't be found out, none does.
pub fn is_claimed(place: &Path) -> bool {
    let Ok(lock) = File::open(beside(place, "lock")) else { return false };
    match lock.try_lock_shared() {
        Ok(()) => {
            drop(Lock(lock));
            false
        }
        Err(error) => matches!(error, TryLockError::WouldBlock),
    }
}

/// Whether this user may read or write a file.
///
/// # Errors
/// He may not, or there is none.
pub fn access(place: &Path, how: Access) -> Result<(), StoreError> {
    rustix::fs::access(place, how).map_err(|error| denied(place, error.into()))
}

/// Why a file can't be opened by this user.
fn denied(place: &Path, error: io::Error) -> StoreError {
    let place = place.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::None(place),
        io::ErrorKind::PermissionDenied => StoreError::Denied(place),
        _ => StoreError::Io { place, error },
    }
}

/// What of the files of history is for the group of their folder: as much as the folder is, if its setgid bit says that the
/// group is meant, and it is nobody else's. What a company lost is not for everybody: a group may enter many a home (0750),
/// and much that is made under a umask of 027, without anybody having thought of history; and a folder that all may enter
/// says nothing of a group.
fn shared_mode(folder: &Path) -> u32 {
    let mode = fs::metadata(folder).map_or(0, |folder| folder.mode());
    if mode & 0o2017 == 0o2010 { mode & 0o060 } else { 0 }
}

/// Opens the files that are there already to the group, if this user may. SQLite gives its own the mode of the first.
fn share(place: &Path, shared: u32) {
    let mut tails = ["-wal", "-shm", "-journal"].map(|tail| with(place, tail)).to_vec();
    tails.extend([place.to_owned(), beside(place, "lock")]);
    for file in tails {
        if let Ok(found) = fs::metadata(&file)
            && found.mode() & shared != shared
        {
            // Where they are another user's, it is his to say.
            let _ = fs::set_permissions(&file, Permissions::from_mode(found.mode() | shared));
        }
    }
}

/// Whether a file is no history but something of somebody else's. Nothing beside it is made, and it is not written to. An
/// empty one becomes history; what can't be read at all is said elsewhere.
///
/// It is looked at through SQLite alone: whoever opens and closes a file by another way takes the locks away that this
/// process has on it.
pub fn is_foreign(place: &Path) -> bool {
    let Ok(url) = std::path::absolute(place).map_err(drop).and_then(url::Url::from_file_path) else { return false };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(format!("{url}?immutable=1"), flags);
    match db.and_then(|db| schema::is_foreign(&db)) {
        Ok(is_foreign) => is_foreign,
        Err(error) => is_damaged(&error) && !was_history(place),
    }
}

/// Whether a file that can't be read was history once: then it has a lock beside it.
fn was_history(place: &Path) -> bool {
    beside(place, "lock").exists()
}

fn open(place: &Path, is_shared: bool, group: u32) -> Result<Connection, StoreError> {
    let wrong = |error| StoreError::Sqlite { place: place.to_owned(), error };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // What a company lost is nobody else's business; SQLite gives its own files beside it the same mode.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(place) {
        Ok(_) => share(place, group),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(denied(place, error)),
    }
    access(place, Access::READ_OK | Access::WRITE_OK)?;
    let mut db = Connection::open_with_flags(place, flags).map_err(wrong)?;
    let found = schema::version(&db).map_err(wrong)?;
    if found > schema::VERSION {
        return Err(StoreError::Newer { place: place.to_owned(), found });
    }
    prepare(&mut db, found, is_shared).map_err(wrong)?;
    Ok(db)
}

fn prepare(db: &mut Connection, found: i64, is_shared: bool) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_secs(2))?;
    db.set_prepared_statement_cache_capacity(64);
    if found == 0 {
        // Only an empty file takes it: space of what was pruned goes back to the disk.
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    if db.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0))? != schema::APPLICATION {
        // In the file's head before there is a log, so that whoever looks there finds it.
        db.pragma_update(None, "application_id", schema::APPLICATION)?;
    }
    let journal = if is_shared { "TRUNCATE" } else { "WAL" };
    db.pragma_update_and_check(None, "journal_mode", journal, |_| Ok(()))?;
    // A commit survives the death of the process; the last seconds before a power cut may be lost, never the file.
    db.pragma_update(None, "synchronous", if is_shared { "FULL" } else { "NORMAL" })?;
    db.pragma_update(None, "journal_size_limit", LARGEST_LOG)?;
    db.pragma_update(None, "cache_size", -4096)?;
    if found < schema::VERSION {
        schema::migrate(db, found)?;
    }
    // What is damaged at its beginning shows here, not only when a question comes across it.
    db.query_row("SELECT count(*) FROM run", [], |_| Ok(()))
}

/// Opens a file that another process writes, for a row or two.
pub fn beside_its_writer(place: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(place, flags)?;
    db.busy_timeout(Duration::from_secs(2))?;
    Ok(db)
}

/// A file beside another one.
fn beside(place: &Path, what: &str) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(what);
    place.with_file_name(name)
}

/// A file of SQLite's own beside another one.
fn with(place: &Path, tail: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(tail);
    PathBuf::from(name)
}

/// Moves a damaged file out of the way; returns its new name. What SQLite kept beside it goes with it.
///
/// # Errors
/// The folder can't be written.
pub fn set_aside(place: &Path, now: Instant) -> io::Result<PathBuf> {
    let aside = beside(place, &format!("damaged-{}", now.format("%Y%m%dT%H%M%SZ")));
    fs::rename(place, &aside)?;
    for tail in ["-wal", "-shm", "-journal"] {
        match fs::rename(with(place, tail), with(&aside, tail)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// Whether an error means that the file itself is damaged.
pub fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_network_there_is_no_write_ahead_log() {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = |db: &Connection| -> String {
            db.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("a mode")
        };
        let local = open(&folder.path().join("a.db"), false, 0).expect("made");
        let shared = open(&folder.path().join("b.db"), true, 0).expect("made");
        assert_eq!((mode(&local).as_str(), mode(&shared).as_str()), ("wal", "truncate"));
        // A file that was local before it was moved to a network drops its log.
        drop(local);
        assert_eq!(mode(&open(&folder.path().join("a.db"), true, 0).expect("opened")), "truncate");
    }
}
