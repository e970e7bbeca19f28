//! `(&Model, &Theme, area) → Scene`. Pure: no state, no IO, no clock.

pub mod scene;
