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
    Ok(named(rustix::fs::statfs(folder)?.f_type as u64))
}

/// Elsewhere it is not known, and taken for a disk of this machine.
#[cfg(not(target_os = "linux"))]
pub fn network(_folder: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}

/// The name of a network file system by its magic number (linux/magic.h, and the file systems' own headers).
fn named(kind: u64) -> Option<&'static str> {
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
    // Some kernels extend the sign.
    NETWORK.iter().find(|(magic, _)| kind & 0xffff_ffff == *magic).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        assert_eq!(named(0x6969), Some("NFS"));
        assert_eq!(named(0xffff_ffff_ff53_4d42), Some("CIFS"));
        assert_eq!(named(0xef53), None);
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(network(folder.path()).expect("a file system"), None);
    }
}
