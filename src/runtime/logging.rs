//! The log: a file of bounded size in the state folder. Nothing is ever printed on the screen, and no log is no reason
//! not to start.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The log is begun anew at this size; the one before is kept.
const LARGEST: u64 = 1024 * 1024;

/// Lines that may wait for a slow disk; what is beyond is dropped and counted.
const WAITING: usize = 1000;

/// The variable that says what is logged, such as `bsmtop=debug`.
const VARIABLE: &str = "BSMTOP_LOG";

/// Starts the log; it is written out when the guard is dropped. `None`: there is nowhere to write to.
pub fn start() -> Option<WorkerGuard> {
    let file = BoundedFile::open(folder()?.join("bsmtop.log"), LARGEST).ok()?;
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(WAITING).lossy(true).thread_name("log").finish(file);
    let wanted = std::env::var(VARIABLE).ok().and_then(|text| text.parse::<Targets>().ok());
    let filter = wanted.unwrap_or_else(|| Targets::new().with_target("bsmtop", LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    tracing_subscriber::registry().with(filter).with(lines).try_init().ok()?;
    Some(guard)
}

/// Where the log and what else must survive a restart belong; made if it is not there.
pub fn folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "bsmtop")?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned();
    fs::create_dir_all(&folder).ok()?;
    Some(folder)
}

/// A file that keeps its last megabyte or two, in two pieces.
#[derive(Debug)]
struct BoundedFile {
    path: PathBuf,
    file: File,
    length: u64,
    largest: u64,
}

impl BoundedFile {
    fn open(path: PathBuf, largest: u64) -> io::Result<Self> {
        let file = append(&path)?;
        let length = file.metadata()?.len();
        Ok(Self { path, file, length, largest })
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("log.1"))?;
        self.file = append(&self.path)?;
        self.length = 0;
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(path)
}

impl Write for BoundedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.length >= self.largest {
            self.begin_anew()?;
        }
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pieces_are_kept_however_much_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bsmtop.log");
        let mut file = BoundedFile::open(path.clone(), 100).expect("a file");
        for line in 0..100 {
            writeln!(file, "line {line:04}").expect("room");
        }
        let read = |path: &Path| fs::read_to_string(path).expect("readable");
        let (new, old) = (read(&path), read(&path.with_extension("log.1")));
        assert!(new.ends_with("line 0099\n"));
        assert_eq!(old.len(), 100);
        assert_eq!(fs::read_dir(folder.path()).expect("listable").count(), 2);
        // It goes on where it was.
        let again = BoundedFile::open(path, 100).expect("a file");
        assert_eq!(again.length, new.len() as u64);
    }
}
