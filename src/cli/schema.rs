//! `bsmtop schema`: what editors need to complete configuration and map.

use anyhow::Result;

use super::print;
use crate::config;

pub(super) fn run() -> Result<u8> {
    print(&serde_json::to_string_pretty(&config::schema())?)?;
    Ok(0)
}
