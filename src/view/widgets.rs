//! Parts that several screens are made of.

pub mod band;
pub mod big;
pub mod chart;
pub mod meter;
pub mod strip;
pub mod table;
