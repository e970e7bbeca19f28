//! Counts over closed slices of time: a day of a query is a row, packed.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{OptionalExtension as _, params};

use super::names::Names;
use super::recorder::Pen;
use super::{Reader, StoreError};
use crate::domain::id::SourceName;

/// A query of counts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Asked {
    /// Who answers it.
    pub source: SourceName,
    /// Its text.
    pub query: String,
    /// The length of its slices as asked, in seconds.
    pub step: i64,
}

/// The slices of a day.
#[derive(Clone, PartialEq, Debug)]
pub struct Cells {
    /// The length of a slice as kept, in seconds: longer once they are old.
    pub step: i64,
    /// The counts; what is no number is kept as it is.
    pub counts: Box<[f64]>,
}

impl Cells {
    fn packed(&self) -> std::io::Result<Vec<u8>> {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
        self.counts.iter().try_for_each(|count| packer.write_all(&count.to_le_bytes()))?;
        packer.finish()
    }

    fn unpacked(step: i64, packed: &[u8]) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        ZlibDecoder::new(packed).read_to_end(&mut bytes)?;
        let counts = bytes.chunks_exact(8).map(|chunk| {
            let mut count = [0; 8];
            count.copy_from_slice(chunk);
            f64::from_le_bytes(count)
        });
        Ok(Self { step, counts: counts.collect() })
    }
}

/// Writes the slices of a day.
pub fn write(pen: &Pen<'_>, names: &mut Names, asked: &Asked, day: i64, cells: &Cells) -> rusqlite::Result<()> {
    let source = names.id(pen, asked.source.as_str())?;
    let key = params![source, asked.step, asked.query];
    let find = "SELECT id FROM query WHERE source = ?1 AND step = ?2 AND text = ?3";
    let query = match pen.db().prepare_cached(find)?.query_row(key, |row| row.get(0)).optional()? {
        Some(query) => query,
        None => pen.insert("INSERT INTO query (source, step, text) VALUES (?1, ?2, ?3)", key)?,
    };
    let packed = cells.packed().map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let sql = "INSERT OR REPLACE INTO slice (query, day, step, cells) VALUES (?1, ?2, ?3, ?4)";
    pen.write(sql, params![query, day, cells.step, packed])?;
    Ok(())
}

impl Reader {
    /// The slices that are kept of a query, by day since 1970.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn slices(&self, asked: &Asked) -> Result<Vec<(i64, Cells)>, StoreError> {
        let Some(source) = self.number(asked.source.as_str())? else { return Ok(Vec::new()) };
        let sql = "SELECT s.day, s.step, s.cells FROM slice s JOIN query q ON q.id = s.query \
                   WHERE q.source = ?1 AND q.step = ?2 AND q.text = ?3 ORDER BY s.day";
        let found = self.rows(sql, params![source, asked.step, asked.query], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
        })?;
        let unpacked = found.into_iter().map(|(day, step, packed)| {
            let cells = Cells::unpacked(step, &packed).map_err(|error| self.nonsense(error))?;
            Ok((day, cells))
        });
        unpacked.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_packed_to_the_bit() {
        let counts: Box<[f64]> = [0.0, 1.5, f64::NAN, f64::NEG_INFINITY, 1e300].into();
        let cells = Cells { step: 300, counts };
        let again = Cells::unpacked(300, &cells.packed().expect("packed")).expect("unpacked");
        let bits = |cells: &Cells| cells.counts.iter().map(|count| count.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&cells), bits(&again));
    }
}
