//! The file as its one writer holds it: locked, brought to the present form, set aside where it is damaged.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, place, schema};
use crate::domain::span::Instant;

/// The write-ahead log is cut back to this size (4 MiB).
const LARGEST_LOG: i64 = 4 << 20;

/// A file that this process may write.
#[derive(Debug)]
pub struct Owned {
    pub db: Connection,
    /// What is unusual about it.
    pub remark: Option<String>,
    _lock: File,
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
    fs::create_dir_all(folder).map_err(io)?;
    let mut lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(beside(place, "lock"));
    let mut lock =
        lock.as_mut().map_err(|error| io(io::Error::new(error.kind(), error.to_string())))?.try_clone().map_err(io)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Who it is only helps to find it.
            let _ = lock.read_to_string(&mut holder);
            return Ok(Claim::Taken(holder.trim().to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    let _ = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| write!(lock, "{who}"));
    let network = place::network(folder).map_err(io)?;
    let db = open(place, network.is_some())?;
    let remark = network.map(|name| {
        format!("history stands on a network file system ({name}): it is written without a write-ahead log, which is slower; --history FILE on a local disk is better")
    });
    Ok(Claim::Owned(Box::new(Owned { db, remark, _lock: lock })))
}

fn open(place: &Path, is_shared: bool) -> Result<Connection, StoreError> {
    let wrong = |error| StoreError::Sqlite { place: place.to_owned(), error };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // What a company lost is nobody else's business; SQLite gives its own files beside it the same mode.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(place) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Io { place: place.to_owned(), error });
        }
        _ => {}
    }
    let mut db = Connection::open_with_flags(place, flags).map_err(wrong)?;
    let found = schema::version(&db).map_err(wrong)?;
    if found > schema::VERSION {
        return Err(StoreError::Newer { place: place.to_owned(), found });
    }
    prepare(&mut db, found, is_shared).map_err(wrong)?;
    Ok(db)
}

fn prepare(db: &mut Connection, found: i64, is_shared: bool) -> rusqlite::Result<()> {
    db.busy_timeout(std::time::Duration::from_secs(2))?;
    db.set_prepared_statement_cache_capacity(64);
    if found == 0 {
        // Only an empty file takes it: space of what was pruned goes back to the disk.
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
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
    db.busy_timeout(std::time::Duration::from_secs(2))?;
    Ok(db)
}

/// A file beside another one.
fn beside(place: &Path, what: &str) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(what);
    place.with_file_name(name)
}

/// Moves a damaged file out of the way; returns its new name. What SQLite kept beside it goes with it.
///
/// # Errors
/// The folder can't be written.
pub fn set_aside(place: &Path, now: Instant) -> io::Result<PathBuf> {
    let aside = beside(place, &format!("damaged-{}", now.format("%Y%m%dT%H%M%SZ")));
    fs::rename(place, &aside)?;
    for tail in ["-wal", "-shm", "-journal"] {
        let with = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(tail);
            PathBuf::from(name)
        };
        match fs::rename(with(place), with(&aside)) {
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
        let local = open(&folder.path().join("a.db"), false).expect("made");
        let shared = open(&folder.path().join("b.db"), true).expect("made");
        assert_eq!((mode(&local).as_str(), mode(&shared).as_str()), ("wal", "truncate"));
        // A file that was local before it was moved to a network drops its log.
        drop(local);
        assert_eq!(mode(&open(&folder.path().join("a.db"), true).expect("opened")), "truncate");
    }
}
