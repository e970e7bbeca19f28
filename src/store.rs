//! History: what was observed and what was concluded, in one SQLite file, on a thread of its own.
//!
//! [`Writer`] takes [`Moment`](crate::domain::history::Moment)s from the engine and audit entries from actions, and
//! writes what changed; it alone writes, one process a file, by lock. [`Reader`] answers questions over the same file
//! from any other thread or process. Nobody else knows that it is SQLite.
//!
//! Invariants: a moment that changes nothing writes nothing but, twice a minute, how far history reaches; what is
//! committed survives the death of the process; no failure of the disk, of the file or of another process harms more
//! than history, and each is said in [`Keeping`](crate::domain::history::Keeping); time that nobody covered reads as
//! unknown.

mod body;
mod figures;
mod file;
mod names;
pub mod place;
mod prune;
mod reader;
mod recorder;
mod schema;
mod slices;
mod times;
mod writer;

use std::path::PathBuf;

pub use prune::Limits;
pub use reader::Reader;
pub use slices::{Asked, Cells};
pub use writer::{Options, Writer};

/// Why history can't be read or written. It says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says so.
    #[error("history in {place}: {error}", place = place.display())]
    Sqlite {
        /// The file.
        place: PathBuf,
        /// What it said.
        error: rusqlite::Error,
    },
    /// The operating system says so.
    #[error("history in {place}: {error}", place = place.display())]
    Io {
        /// The file.
        place: PathBuf,
        /// What it said.
        error: std::io::Error,
    },
    /// A newer bsmtop wrote it.
    #[error(
        "history in {place} was written by a newer bsmtop (its form is {found}, this one knows {known}): it is neither \
         read nor written; use the newer one, or --history with another file",
        place = place.display(), known = schema::VERSION
    )]
    Newer {
        /// The file.
        place: PathBuf,
        /// Its version.
        found: i64,
    },
    /// Another program's file stands there.
    #[error(
        "{place} is no history of bsmtop but another program's file: it is left as it is; give --history another file",
        place = .0.display()
    )]
    Foreign(PathBuf),
    /// This user may not.
    #[error(
        "history in {place} is not for this user: its files are their owner's alone, unless the setgid bit of \
         their folder shares them with its group. To do so, `chgrp GROUP` the folder and the files of history in it, \
         and `chmod 2750` the folder to read along, or 2770 to take over as well; the modes of the files follow when \
         whoever writes them starts again",
        place = .0.display()
    )]
    Denied(PathBuf),
    /// Nothing was written yet.
    #[error("there is no history in {place} yet; it is written by the console, or by `bsmtop record`", place = .0.display())]
    None(PathBuf),
    /// What stands in it makes no sense.
    #[error("history in {place} holds something that can't be read: {what}", place = place.display())]
    Nonsense {
        /// The file.
        place: PathBuf,
        /// What.
        what: String,
    },
}
