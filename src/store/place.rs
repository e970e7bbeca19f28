//! Where history stands: the folder of the user's state, and whether its disk is one that a database may share.

use std::io;
use std::path::{Path, PathBuf};

/// The file's usual name.
const FILE: &str = "history.db";

/// Where history stands where nobody says otherwise: below `XDG_STATE_HOME`.
pub fn usual() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "bsmtop")?;
    Some(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).join(FILE))
}

/// The name of a file system that several machines may share, if a folder is on one. Memory that processes share, as
/// SQLite's write-ahead log needs it, does not exist there.
#[cfg(target_os = "linux")]
pub fn network(folder: &Path) -> io::Result<Option<&'static str>> {
    // Magic numbers of linux/magic.h and of the file systems' own headers.
    const NETWORK: [(u64, &str); 8] = [
        (0x6969, "NFS"),
        (0xff53_4d42, "CIFS"),
        (0xfe53_4d42, "SMB"),
        (0x517b, "SMB"),
        (0x5346_414f, "AFS"),
        (0x0102_1997, "9P"),
        (0x00c3_6400, "Ceph"),
        (0x7375_7245, "Coda"),
    ];
    let kind = rustix::fs::statfs(folder)?.f_type as u64;
    Ok(NETWORK.iter().find(|(magic, _)| kind & 0xffff_ffff == *magic).map(|(_, name)| *name))
}

/// Elsewhere it is not known, and taken for a disk of this machine.
#[cfg(not(target_os = "linux"))]
pub fn network(_folder: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}
